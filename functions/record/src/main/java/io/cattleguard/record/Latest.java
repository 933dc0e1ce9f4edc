package io.cattleguard.record;

import java.util.Comparator;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Merges whose result depends neither on the order nor on the number of merges. Records use only
 * these, because the bus delivers at least once and in any order.
 */
final class Latest {
  private Latest() {}

  /** The greater one. The order must be total: equal only if the values are. */
  static <T> Optional<T> of(Optional<T> one, Optional<T> other, Comparator<T> order) {
    if (one.isEmpty() || other.isEmpty()) {
      return one.isPresent() ? one : other;
    }
    return order.compare(one.get(), other.get()) >= 0 ? one : other;
  }

  /** The smaller one. */
  static <T> Optional<T> first(Optional<T> one, Optional<T> other, Comparator<T> order) {
    return of(one, other, order.reversed());
  }

  /** The smallest elements of both sets. */
  static <T extends Comparable<T>> SortedSet<T> smallest(
      SortedSet<T> one, SortedSet<T> other, int limit) {
    TreeSet<T> all = new TreeSet<>(one);
    all.addAll(other);
    while (all.size() > limit) {
      all.pollLast();
    }
    return all;
  }
}
