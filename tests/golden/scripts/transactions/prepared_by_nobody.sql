# No transaction is prepared, so none is there to be committed.
commit prepared 'nobody';
rollback prepared 'nobody';
---
ERROR 42704: prepared transaction with identifier "nobody" does not exist
ERROR 42704: prepared transaction with identifier "nobody" does not exist
