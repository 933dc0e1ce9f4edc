package io.cattleguard.edge.pattern;

import java.lang.ref.SoftReference;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The most recently used results of an expensive pure function. A policy is read again for each of
 * its versions, and most of its patterns stay the same. Results must be immutable or thread-safe;
 * the garbage collector removes them before memory runs out.
 */
final class Recent<K, V> {
  private final int most;
  private final Map<K, SoftReference<V>> results = new LinkedHashMap<>(16, 0.75f, true);

  /** Takes the maximum number of results. */
  Recent(int most) {
    this.most = most;
  }

  /** The result for that key, computed if it is not here. */
  V get(K key, Supplier<V> compute) {
    synchronized (results) {
      SoftReference<V> known = results.get(key);
      V result = known == null ? null : known.get();
      if (result != null) {
        return result;
      }
    }
    // Outside of the lock, because it takes milliseconds. Two threads may compute it at once.
    V computed = compute.get();
    synchronized (results) {
      results.put(key, new SoftReference<>(computed));
      if (results.size() > most) {
        results.remove(results.keySet().iterator().next());
      }
    }
    return computed;
  }
}
