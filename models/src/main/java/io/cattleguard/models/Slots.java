package io.cattleguard.models;

import java.util.ArrayList;
import java.util.List;

/** Gives the latest 64 names a bit each, so that a set of them is a number. Forgets the oldest. */
final class Slots {
  static final int MOST = Long.SIZE;

  private final List<String> names = new ArrayList<>(1);
  private int next;

  /** The slot of a name, or -1. */
  int find(String name) {
    return names.indexOf(name);
  }

  /** A slot for a name that has none; it may have belonged to a name that is now forgotten. */
  int add(String name) {
    if (names.size() < MOST) {
      names.add(name);
      return names.size() - 1;
    }
    int slot = next;
    names.set(slot, name);
    next = (next + 1) % MOST;
    return slot;
  }

  List<String> names() {
    return List.copyOf(names);
  }

  List<String> names(long bits) {
    List<String> set = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if ((bits & 1L << i) != 0) {
        set.add(names.get(i));
      }
    }
    return set;
  }
}
