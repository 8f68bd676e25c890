"""LangChain's store in its hybrid mode: vectors and words in one search. Skipped where it is not there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from server_process import Server

pytest.importorskip("langchain_postgres")

TEXTS = ("The red shoes were running", "Blue hats and a shoe", "Green cars", "A dog")


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("langchain") / "store", workers=1)
    yield made
    assert made.stop() == 0, made.log.read_text()
    assert made.errors() == "", made.log.read_text()


def test_words_and_vectors_are_searched_together(server: Server) -> None:
    from langchain_core.documents import Document
    from langchain_core.embeddings import DeterministicFakeEmbedding
    from langchain_postgres import PGEngine, PGVectorStore
    from langchain_postgres.v2.hybrid_search_config import HybridSearchConfig, reciprocal_rank_fusion

    engine = PGEngine.from_connection_string(f"postgresql+psycopg://vql@127.0.0.1:{server.port}/store")
    hybrid = HybridSearchConfig(
        tsv_column="words", tsv_lang="pg_catalog.english", fusion_function=reciprocal_rank_fusion
    )
    engine.init_vectorstore_table(table_name="docs", vector_size=8, hybrid_search_config=hybrid)
    store = PGVectorStore.create_sync(
        engine=engine, table_name="docs", embedding_service=DeterministicFakeEmbedding(size=8),
        hybrid_search_config=hybrid,
    )  # fmt: skip
    store.add_documents([Document(page_content=text) for text in TEXTS])
    # A vector that is the text's own, and its words.
    [(best, score), *_] = store.similarity_search_with_score(TEXTS[0], k=4, hybrid_search_config=hybrid)
    assert best.page_content == TEXTS[0] and score == pytest.approx(2 / 60, rel=0.1)
