package io.cattleguard.respond.evidence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ScoredAlert;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The evidence of one incident: manifests, numbered from 1. Each names its parts with their SHA-256
 * and carries the SHA-256 of the manifest before it, so a changed, missing or swapped object is
 * found. Only a change of the last manifest itself is not, unless its hash is known from elsewhere:
 * the outcome of the action contains it.
 */
public final class EvidenceChain {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int LONGEST_ID = 128;
  private static final int ATTEMPTS = 20;
  private static final String PREVIOUS = "previous";
  private static final String PARTS = "parts";
  private static final String SHA_256 = "sha256";

  private final EvidenceStore store;
  private final String id;

  /** The chain of an incident in a store. */
  public EvidenceChain(EvidenceStore store, String id) {
    this.store = store;
    this.id = safe(id);
  }

  /** The id of an alert's chain: that of its incident. */
  public static String idOf(ScoredAlert scored) {
    return idOf(scored.incidentId());
  }

  /** The id of an incident's chain. */
  public static String idOf(String incident) {
    return safe(incident);
  }

  /** An id comes from an event, and becomes a folder. */
  private static String safe(String id) {
    String safe = id.replaceAll("[^A-Za-z0-9_-]", "_");
    return safe.isEmpty() ? "_" : safe.substring(0, Math.min(LONGEST_ID, safe.length()));
  }

  /**
   * A part of the evidence.
   *
   * @param name unique among the parts
   * @param truncated whether a part of it is missing: the beginning of a log, the end of anything
   *     else
   */
  public record Part(String name, String content, boolean truncated) {}

  /** A manifest that was stored. */
  public record Stored(int number, String sha256) {}

  /**
   * A manifest that was read.
   *
   * @param content with {@code number}, {@code previous}, {@code parts} and {@code missing}
   */
  public record Manifest(int number, String sha256, JsonNode content) {}

  /**
   * The result of a verification.
   *
   * @param faults changed or missing parts, as sentences for people
   */
  public record Report(List<Manifest> manifests, List<String> faults) {
    /** Copies both. */
    public Report {
      manifests = List.copyOf(manifests);
      faults = List.copyOf(faults);
    }
  }

  /**
   * Stores parts, and then the manifest that names them.
   *
   * @param about the manifest's fields about the alert and the object
   * @param missing why a part could not be captured, by its name
   */
  public Stored append(ObjectNode about, List<Part> parts, Map<String, String> missing) {
    ObjectNode manifest = about.deepCopy();
    ObjectNode named = manifest.putObject(PARTS);
    for (Part part : parts) {
      byte[] content = part.content().getBytes(StandardCharsets.UTF_8);
      String hash = sha256(content);
      // Named by its hash, so that equal parts are stored once and none replaces another.
      boolean unused = store.put(keyOf(hash), content);
      named
          .putObject(part.name())
          .put(SHA_256, hash)
          .put("bytes", content.length)
          .put("truncated", part.truncated());
    }
    ObjectNode reasons = manifest.putObject("missing");
    new TreeMap<>(missing).forEach(reasons::put);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int number = last() + 1;
      manifest.put("number", number);
      manifest.put(
          PREVIOUS,
          number == 1 ? "" : store.get(keyOf(number - 1)).map(EvidenceChain::sha256).orElse(""));
      byte[] content = manifest.toString().getBytes(StandardCharsets.UTF_8);
      // Another responder may store a manifest of the same incident at the same moment.
      if (store.put(keyOf(number), content)) {
        return new Stored(number, sha256(content));
      }
    }
    throw new Unavailable("too many manifests of " + id + " at once");
  }

  private String keyOf(int number) {
    return id + "/manifests/" + String.format(Locale.ROOT, "%06d", number) + ".json";
  }

  private String keyOf(String hash) {
    return id + "/parts/" + hash;
  }

  /** The content of a part with that hash. */
  public Optional<byte[]> part(String hash) {
    return store.get(keyOf(safe(hash)));
  }

  /** Reads every manifest and every part, and compares all hashes. */
  public Report verify() {
    List<Manifest> manifests = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    String previous = "";
    int last = last();
    for (int number = 1; number <= last; number++) {
      Optional<byte[]> content = store.get(keyOf(number));
      if (content.isEmpty()) {
        faults.add("manifest " + number + " is missing");
        continue;
      }
      String hash = sha256(content.get());
      Optional<JsonNode> read = read(content.get());
      if (read.isEmpty()) {
        faults.add("manifest " + number + " is not JSON");
      } else {
        manifests.add(new Manifest(number, hash, read.get()));
        faults.addAll(faults(number, read.get(), previous));
      }
      previous = hash;
    }
    return new Report(manifests, faults);
  }

  /**
   * The latest manifests as they are stored, the latest first. Nothing is verified.
   *
   * @param atMost how many of them
   */
  public List<Manifest> latest(int atMost) {
    List<Manifest> manifests = new ArrayList<>();
    int last = last();
    for (int number = last; number > Math.max(0, last - atMost); number--) {
      int current = number;
      store
          .get(keyOf(number))
          .flatMap(
              content -> read(content).map(json -> new Manifest(current, sha256(content), json)))
          .ifPresent(manifests::add);
    }
    return manifests;
  }

  private int last() {
    String folder = id + "/manifests";
    return store.keys(folder).stream()
        .map(key -> key.substring(folder.length() + 1))
        .filter(name -> name.matches("\\d{6}\\.json"))
        .mapToInt(name -> Integer.parseInt(name.substring(0, 6)))
        .max()
        .orElse(0);
  }

  private List<String> faults(int number, JsonNode manifest, String previous) {
    List<String> faults = new ArrayList<>();
    if (manifest.path("number").asInt() != number) {
      faults.add("manifest " + number + " has another number");
    }
    if (!manifest.path(PREVIOUS).asText().equals(previous)) {
      faults.add(
          "manifest "
              + number
              + " does not carry the hash of manifest "
              + (number - 1)
              + ": one of the two was changed");
    }
    for (Map.Entry<String, JsonNode> part : manifest.path(PARTS).properties()) {
      String hash = part.getValue().path(SHA_256).asText();
      Optional<byte[]> content = part(hash);
      if (content.isEmpty()) {
        faults.add("manifest " + number + ": part " + part.getKey() + " is missing");
      } else if (!sha256(content.get()).equals(hash)) {
        faults.add("manifest " + number + ": part " + part.getKey() + " was changed");
      }
    }
    return faults;
  }

  private static Optional<JsonNode> read(byte[] content) {
    try {
      return Optional.of(JSON.readTree(content)).filter(JsonNode::isObject);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
