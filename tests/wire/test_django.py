"""Django as applications use it: its own apps, the admin, models with vectors, migrations up and down."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.apps import AppConfig
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import (
    SearchHeadline,
    SearchQuery,
    SearchRank,
    SearchVector,
    SearchVectorField,
)
from django.core.management import call_command
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.state import ProjectState
from pgvector.django import HnswIndex, L2Distance, VectorField
from server_process import Server

CONTRIB = ["admin", "auth", "contenttypes", "sessions", "messages", "postgres"]
MIDDLEWARE = ["sessions.middleware.Session", "auth.middleware.Authentication", "messages.middleware.Message"]
urlpatterns: list[Any] = []


class Shelf(AppConfig):
    """The app of the models below."""

    name = __name__
    label = "shelf"
    path = str(Path(__file__).parent)


PROCESSORS = [
    "template.context_processors.request",
    "contrib.auth.context_processors.auth",
    "contrib.messages.context_processors.messages",
]
DATABASE = {
    "ENGINE": "django.db.backends.postgresql", "NAME": "site", "USER": "vql", "HOST": "127.0.0.1",
}  # fmt: skip
settings.configure(
    SECRET_KEY="x",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    USE_TZ=True,
    INSTALLED_APPS=[*(f"django.contrib.{name}" for name in CONTRIB), f"{__name__}.Shelf"],
    MIDDLEWARE=[f"django.contrib.{name}Middleware" for name in MIDDLEWARE],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": [f"django.{name}" for name in PROCESSORS]},
        }
    ],
    DATABASES={"default": DATABASE},
)
django.setup()


@pytest.fixture(scope="module", autouse=True)
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A database of Django's own, its apps migrated."""
    from django.contrib import admin
    from django.urls import path

    server = Server(tmp_path_factory.mktemp("django") / "site", workers=1)
    DATABASE["PORT"] = str(server.port)
    urlpatterns.append(path("admin/", admin.site.urls))
    call_command("migrate", verbosity=0)
    yield
    connection.close()
    assert server.stop() == 0, server.log.read_text()
    assert server.errors() == "", server.log.read_text()


def test_its_apps_are_migrated_and_inspected() -> None:
    told = io.StringIO()
    call_command("migrate", stdout=told)
    assert "No migrations to apply" in told.getvalue()
    told = io.StringIO()
    call_command("inspectdb", "auth_user", "auth_permission", stdout=told)
    shown = told.getvalue()
    assert "username = models.CharField(unique=True, max_length=150)" in shown
    assert "content_type = models.ForeignKey('DjangoContentType', models.DO_NOTHING)" in shown
    assert "unique_together = (('content_type', 'codename'),)" in shown


def test_the_admin_lets_its_user_in() -> None:
    from django.contrib.auth.models import Group, User
    from django.test import Client

    User.objects.create_superuser("root", "root@x", "secret")
    client = Client()
    assert client.get("/admin/login/").status_code == 200
    assert (
        client.post("/admin/login/?next=/admin/", {"username": "root", "password": "no"}).status_code == 200
    )
    found = client.post("/admin/login/?next=/admin/", {"username": "root", "password": "secret"})
    assert (found.status_code, found["Location"]) == (302, "/admin/")
    assert client.post("/admin/auth/group/add/", {"name": "writers"}).status_code == 302
    assert Group.objects.get().name == "writers"
    assert b"writers" in client.get("/admin/auth/group/?q=writ").content
    assert client.get("/admin/auth/user/").status_code == 200


class Author(models.Model):
    """Who has written documents."""

    name = models.CharField(max_length=40, unique=True)

    class Meta:
        app_label = "shelf"


class Document(models.Model):
    """A document with an embedding."""

    author = models.ForeignKey(Author, models.CASCADE, related_name="documents")
    title = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    price = models.DecimalField(max_digits=6, decimal_places=2, default=1)
    gross = models.GeneratedField(
        expression=models.F("price") * 2,
        output_field=models.DecimalField(max_digits=8, decimal_places=2),
        db_persist=True,
    )
    embedding = VectorField(dimensions=3, null=True)

    class Meta:
        app_label = "shelf"
        indexes = [
            HnswIndex(name="near", fields=["embedding"], opclasses=["vector_l2_ops"]),
            models.Index(models.F("title").desc(), "price", name="titles"),
        ]
        constraints = [
            models.UniqueConstraint("author", models.functions.Lower("title"), name="one_title"),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="not_negative"),
        ]


@pytest.fixture
def shelf() -> Iterator[None]:
    """The tables of the models above, with two authors and ten documents."""
    with connection.schema_editor() as editor:
        editor.create_model(Author)
        editor.create_model(Document)
    authors = Author.objects.bulk_create([Author(name="a"), Author(name="b")])
    Document.objects.bulk_create(
        Document(author=authors[i % 2], title=f"t{i}", facts={"n": i}, price=i, embedding=[i, 1, 2])
        for i in range(10)
    )
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Document)
        editor.delete_model(Author)


def test_models_are_searched_and_counted(shelf: None) -> None:
    near = Document.objects.filter(author__name="a").order_by(L2Distance("embedding", [3, 1, 2]), "id")
    assert [found.title for found in near[:3]] == ["t2", "t4", "t0"]
    assert Document.objects.filter(facts__n__gt=6, gross__lt=18).count() == 2
    counts = Author.objects.annotate(n=models.Count("documents"), most=models.Max("documents__price"))
    assert [(a.name, a.n, a.most) for a in counts.order_by("name")] == [("a", 5, 8), ("b", 5, 9)]
    assert Document.objects.aggregate(mean=models.Avg("embedding"))["mean"] == [4.5, 1, 2]
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "shelf_document")
    assert found["titles"]["orders"] == ["DESC", "ASC"]
    assert found["near"]["type"] == "hnsw" and found["one_title"]["unique"] and found["not_negative"]["check"]


def test_changes_lock_meet_and_undo(shelf: None) -> None:
    with transaction.atomic():
        found = Document.objects.select_related("author").select_for_update(of=("self",)).get(title="t3")
        found.price = 30
        found.save()
        with pytest.raises(IntegrityError, match="one_title"), transaction.atomic():
            Document.objects.create(author=found.author, title="T5")
    assert Document.objects.values_list("price", "gross").get(title="t3") == (30, 60)
    author = Author.objects.get(name="a")
    made, is_new = author.documents.update_or_create(title="t2", defaults={"price": 22})
    assert (made.price, is_new) == (22, False)
    both = [Author(id=author.id, name="A"), Author(name="c")]
    Author.objects.bulk_create(both, update_conflicts=True, unique_fields=["id"], update_fields=["name"])
    assert set(Author.objects.values_list("name", flat=True)) == {"A", "b", "c"}
    Author.objects.filter(name="A").delete()
    assert Document.objects.count() == 5


class Page(models.Model):
    """A text that is searched by its words."""

    title = models.CharField(max_length=40)
    body = models.TextField()
    words = SearchVectorField(null=True)
    kept = models.GeneratedField(
        expression=SearchVector("body", config="english"), output_field=SearchVectorField(), db_persist=True
    )

    class Meta:
        app_label = "shelf"
        indexes = [GinIndex(name="page_words", fields=["words"]), GinIndex(name="page_kept", fields=["kept"])]


@pytest.fixture
def pages() -> Iterator[None]:
    """The table of pages, with three of them."""
    with connection.schema_editor() as editor:
        editor.create_model(Page)
    texts = {"Shoes": "The red shoes were running", "Hats": "Blue hats and a shoe", "Cars": "Green cars"}
    Page.objects.bulk_create(Page(title=title, body=body) for title, body in texts.items())
    weighted = SearchVector("title", weight="A", config="english") + SearchVector(
        "body", weight="B", config="english"
    )
    Page.objects.update(words=weighted)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Page)


def test_texts_are_searched_and_ranked(pages: None) -> None:
    query = SearchQuery("shoe", config="english")
    rank = SearchRank(models.F("words"), query)
    found = Page.objects.annotate(rank=rank).filter(words=query).order_by("-rank")
    assert [page.title for page in found] == ["Shoes", "Hats"]
    assert found[0].rank > found[1].rank > 0
    assert {page.title for page in Page.objects.filter(kept=SearchQuery("run", config="english"))} == {
        "Shoes"
    }
    assert {page.title for page in Page.objects.filter(body__search="cars")} == {"Cars"}
    either = SearchQuery("hats", config="english") | ~SearchQuery("red", config="english")
    both = SearchVector("title", "body", config="english")
    assert {page.title for page in Page.objects.annotate(both=both).filter(both=either)} == {"Hats", "Cars"}
    web = SearchQuery('"red shoes" -blue', search_type="websearch", config="english")
    shown = SearchHeadline("body", web, config="english", start_sel="[", stop_sel="]")
    [page] = Page.objects.annotate(shown=shown).filter(words=web)
    assert page.shown == "The [red] [shoes] were running"


def test_migrations_up_and_down() -> None:
    operations: list[Any] = [
        migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("Note", "title", models.CharField(max_length=9, default="new", db_index=True)),
        migrations.AddField("Note", "day", models.DateField(null=True)),
        migrations.AlterField("Note", "title", models.TextField(default="new", unique=True)),
        migrations.RenameField("Note", "day", "written"),
        migrations.AddIndex("Note", models.Index(fields=["-written"], name="latest")),
        migrations.AddConstraint(
            "Note", models.CheckConstraint(condition=~models.Q(title=""), name="has_title")
        ),
        migrations.AddField("Note", "parent", models.ForeignKey("self", models.SET_NULL, null=True)),
        migrations.AlterUniqueTogether("Note", {("title", "written")}),
        migrations.AddField("Note", "embedding", VectorField(dimensions=3, null=True)),
        migrations.AddIndex(
            "Note", HnswIndex(name="by_sense", fields=["embedding"], opclasses=["vector_cosine_ops"])
        ),
        migrations.RunSQL("INSERT INTO x_note (title, written) VALUES ('a', now())", "DELETE FROM x_note"),
        migrations.RemoveField("Note", "parent"),
        migrations.RenameIndex("Note", new_name="newest", old_name="latest"),
        migrations.AlterModelTable("Note", "x_notes"),
    ]
    states = [ProjectState()]
    for operation in operations:
        states.append(states[-1].clone())
        operation.state_forwards("x", states[-1])
        with connection.schema_editor() as editor:
            operation.database_forwards("x", editor, states[-2], states[-1])
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, "x_notes")
        assert [column.name for column in columns] == ["id", "title", "written", "embedding"]
        constraints = connection.introspection.get_constraints(cursor, "x_notes")
        assert {"newest", "has_title", "by_sense"} <= set(constraints)
    for place in reversed(range(len(operations))):
        with connection.schema_editor() as editor:
            operations[place].database_backwards("x", editor, states[place + 1], states[place])
    assert not [name for name in connection.introspection.table_names() if name.startswith("x_")]
