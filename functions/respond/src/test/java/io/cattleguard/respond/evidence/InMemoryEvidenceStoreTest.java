package io.cattleguard.respond.evidence;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

final class InMemoryEvidenceStoreTest extends EvidenceStoreContract {
  private final Map<String, byte[]> tampered = new TreeMap<>();
  private final InMemoryEvidenceStore store = new InMemoryEvidenceStore();

  /** A store that a user has changed. */
  private final class Tampered implements EvidenceStore {
    @Override
    public boolean put(String key, byte[] content) {
      return store.put(key, content);
    }

    @Override
    public Optional<byte[]> get(String key) {
      return tampered.containsKey(key)
          ? Optional.of(tampered.get(key)).filter(content -> content.length > 0)
          : store.get(key);
    }

    @Override
    public List<String> keys(String folder) {
      return store.keys(folder).stream()
          .filter(key -> get(key).isPresent() || !tampered.containsKey(key))
          .toList();
    }
  }

  @Override
  protected EvidenceStore store() {
    return new Tampered();
  }

  @Override
  protected void tamper(String key, Optional<byte[]> content) {
    tampered.put(key, content.orElse(new byte[0]));
  }
}
