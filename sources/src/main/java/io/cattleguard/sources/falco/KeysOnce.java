package io.cattleguard.sources.falco;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds a key that an object has twice. Falco sorts its keys, which makes it a comparison each. */
final class KeysOnce {
  private @Nullable String last;
  private @Nullable Set<String> unsorted;
  private int count;

  /** The keys so far, as long as they are sorted. */
  private String[] sorted = new String[32];

  /** Adds a key; false if the object has it already. */
  boolean add(String key) {
    if (unsorted != null) {
      return unsorted.add(key);
    }
    int order = last == null ? 1 : key.compareTo(last);
    if (order <= 0 || count == sorted.length) {
      unsorted = new HashSet<>();
      for (int i = 0; i < count; i++) {
        unsorted.add(sorted[i]);
      }
      return unsorted.add(key);
    }
    sorted[count++] = key;
    last = key;
    return true;
  }
}
