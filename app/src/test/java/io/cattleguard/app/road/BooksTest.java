package io.cattleguard.app.road;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.deduplicate.Verdict;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class BooksTest {
  private final Books books = new Books();

  @Test
  void everyEventInOneColumnIsBalance() {
    for (Verdict.Column column : Verdict.Column.values()) {
      if (column != Verdict.Column.FAILED) {
        books.receive();
        books.count(column);
      }
    }
    books.receive();
    books.count(Books.Column.UNREADABLE);

    assertEquals(Optional.empty(), books.imbalance());
    assertEquals(1, books.of(Books.Column.SPREAD));
  }

  @Test
  void anEventInNoColumnIsSaidLoudly() {
    books.receive();
    books.count(Verdict.Column.FAILED);

    String said = books.imbalance().orElseThrow();
    assertTrue(said.startsWith("The books do not balance: 1 events were received, 0"), said);
  }

  @Test
  void anEventInTwoColumnsIsSaidToo() {
    books.receive();
    books.count(Verdict.Column.OPENED);
    books.count(Books.Column.IGNORED);

    assertTrue(books.imbalance().isPresent());
  }
}
