package io.cattleguard.respond.evidence;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Keeps evidence until the process ends. For tests and dry runs. */
public final class InMemoryEvidenceStore implements EvidenceStore {
  private final Map<String, byte[]> objects = new TreeMap<>();

  @Override
  public synchronized boolean put(String key, byte[] content) {
    return objects.putIfAbsent(key, content.clone()) == null;
  }

  @Override
  public synchronized Optional<byte[]> get(String key) {
    return Optional.ofNullable(objects.get(key)).map(byte[]::clone);
  }

  @Override
  public synchronized List<String> keys(String folder) {
    return objects.keySet().stream().filter(key -> key.startsWith(folder + "/")).toList();
  }
}
