package io.cattleguard.app.board.page;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.board.page.IncidentView.Fact;
import io.cattleguard.respond.evidence.EvidenceChain;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The evidence of an incident.
 *
 * @param place where it is stored
 * @param command what verifies and copies it
 * @param manifests the latest first
 * @param trouble why the list may be incomplete
 */
public record EvidenceList(
    String place, String command, List<Manifest> manifests, Optional<String> trouble) {
  /** Maximum manifests. */
  public static final int MOST = 5;

  private static final int PARTS = 40;

  /** A manifest, with its parts and with what could not be captured. */
  public record Manifest(
      String title, String sha256, List<Fact> parts, List<Fact> missing, boolean isCut) {
    /** Copies the lists. */
    public Manifest {
      parts = List.copyOf(parts);
      missing = List.copyOf(missing);
    }
  }

  /** Makes texts bounded and visible. */
  public EvidenceList {
    place = Words.name(place);
    command = Words.sentence(command);
    manifests = List.copyOf(manifests);
    trouble = trouble.map(Words::sentence);
  }

  /** The list of manifests that were read. */
  public static EvidenceList of(
      String place, String command, List<EvidenceChain.Manifest> manifests) {
    boolean isCut = !manifests.isEmpty() && manifests.getLast().number() > 1;
    return new EvidenceList(
        place,
        command,
        manifests.stream().map(EvidenceList::manifest).toList(),
        manifests.isEmpty()
            ? Optional.of("No manifest is stored under the id of this incident.")
            : isCut ? Optional.of("There are older manifests.") : Optional.empty());
  }

  private static Manifest manifest(EvidenceChain.Manifest one) {
    JsonNode content = one.content();
    JsonNode object = content.path("object");
    String pod = object.path("namespace").asText() + "/" + object.path("name").asText();
    return new Manifest(
        Words.name("Manifest " + one.number() + ", pod " + pod + at(content)),
        one.sha256(),
        content.path("parts").properties().stream()
            .limit(PARTS)
            .map(part -> fact(part.getKey(), size(part.getValue())))
            .toList(),
        content.path("missing").properties().stream()
            .limit(PARTS)
            .map(part -> fact(part.getKey(), "not captured: " + part.getValue().asText()))
            .toList(),
        Stream.of("parts", "missing").anyMatch(name -> content.path(name).size() > PARTS));
  }

  private static String at(JsonNode content) {
    try {
      return ", " + Words.time(Instant.parse(content.path("capturedAt").asText())) + " UTC";
    } catch (DateTimeException e) {
      return "";
    }
  }

  private static String size(JsonNode part) {
    return Words.number(part.path("bytes").asLong())
        + " bytes"
        + (part.path("truncated").asBoolean() ? ", truncated" : "");
  }

  private static Fact fact(String name, String text) {
    return new Fact(Words.name(name), Words.sentence(text), Optional.empty());
  }
}
