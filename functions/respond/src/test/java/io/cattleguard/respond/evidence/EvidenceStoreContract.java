package io.cattleguard.respond.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.evidence.EvidenceChain.Part;
import io.cattleguard.respond.evidence.EvidenceChain.Stored;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Tests that every store of evidence, and a chain of manifests in it, must pass. */
public abstract class EvidenceStoreContract {
  /** The store under test, empty. */
  protected abstract EvidenceStore store();

  /** A user with access to the store changes or removes an object. */
  protected abstract void tamper(String key, Optional<byte[]> content);

  /** Which bytes are changed, one after the other: each one, or every n-th of a slow store. */
  protected int step() {
    return 1;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static ObjectNode about() {
    return JsonNodeFactory.instance.objectNode().put("schema", 1);
  }

  private EvidenceChain chain() {
    return new EvidenceChain(store(), "f00d");
  }

  private Stored append(String content) {
    return chain()
        .append(
            about(),
            List.of(new Part("pod.json", content, false), new Part("a/b.log", "log", true)),
            Map.of("node.json", "HTTP 403"));
  }

  private List<String> faults() {
    return chain().verify().faults();
  }

  @Test
  void anObjectIsStoredOnceAndNeverReplaced() {
    assertEquals(Optional.empty(), store().get("a/b"));
    assertTrue(store().put("a/b", bytes("one")));
    assertFalse(store().put("a/b", bytes("two")));
    assertTrue(store().put("a/c.json", bytes("")));
    assertTrue(store().put("ab/d", bytes("x")));

    assertArrayEquals(bytes("one"), store().get("a/b").orElseThrow());
    assertEquals(List.of("a/b", "a/c.json"), store().keys("a"));
    assertEquals(List.of(), store().keys("none"));
  }

  @Test
  void anUnchangedChainHasNoFaultsAndSaysWhatIsMissing() {
    Stored first = append("one");
    Stored second = append("two");

    EvidenceChain.Report report = chain().verify();

    assertEquals(List.of(), report.faults());
    assertEquals(
        List.of(first.sha256(), second.sha256()),
        report.manifests().stream().map(EvidenceChain.Manifest::sha256).toList());
    assertEquals(first.sha256(), report.manifests().get(1).content().path("previous").asText());
    assertEquals(
        "HTTP 403", report.manifests().get(0).content().path("missing").path("node.json").asText());
    assertTrue(
        report
            .manifests()
            .get(0)
            .content()
            .path("parts")
            .path("a/b.log")
            .path("truncated")
            .asBoolean());
  }

  /** Every byte of every object except the last manifest, whose hash is in the outcome. */
  @Test
  void aChangedByteIsFoundWhereverItIs() {
    append("one");
    append("two");
    Stored last = append("three");
    for (String key : store().keys("f00d")) {
      byte[] before = store().get(key).orElseThrow();
      for (int i = 0; i < before.length; i += step()) {
        byte[] changed = before.clone();
        changed[i] ^= 1;
        tamper(key, Optional.of(changed));
        EvidenceChain.Report report = chain().verify();
        boolean isFound =
            !report.faults().isEmpty()
                || !report.manifests().getLast().sha256().equals(last.sha256());
        assertTrue(isFound, key + " at " + i);
      }
      tamper(key, Optional.of(before));
      assertEquals(List.of(), faults());
    }
  }

  @Test
  void aMissingObjectIsFound() {
    append("one");
    append("two");
    for (String key : store().keys("f00d")) {
      byte[] before = store().get(key).orElseThrow();
      tamper(key, Optional.empty());
      // Without the last manifest the chain is a shorter one; people were told its number and hash.
      assertEquals(key.endsWith("000002.json"), faults().isEmpty(), key);
      tamper(key, Optional.of(before));
    }
  }

  @Test
  void manifestsAtTheSameMomentAreInOneChain() throws InterruptedException, ExecutionException {
    List<Future<Stored>> stored = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 8; i++) {
        String content = "content " + i;
        stored.add(threads.submit(() -> append(content)));
      }
    }
    for (Future<Stored> one : stored) {
      assertTrue(one.get().number() >= 1);
    }
    assertEquals(List.of(), faults());
    assertEquals(8, chain().verify().manifests().size());
  }

  @Test
  void anIdOfAnEventStaysInsideOfItsFolder() {
    new EvidenceChain(store(), "../../etc").append(about(), List.of(), Map.of());

    assertEquals(List.of("______etc/manifests/000001.json"), store().keys("______etc"));
  }
}
