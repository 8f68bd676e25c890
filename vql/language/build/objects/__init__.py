"""CREATE, ALTER and DROP of what is no table, read word by word.

Start at `vql.language.build.objects.objects`.
"""
