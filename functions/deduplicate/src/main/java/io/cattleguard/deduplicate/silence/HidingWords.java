package io.cattleguard.deduplicate.silence;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.deduplicate.silence.RecentProblems.Recent;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.HostileText;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Says in words which alerts a silence covers. */
public final class HidingWords {
  private static final int SHOWN = 3;
  private static final int NAME = 60;

  private HidingWords() {}

  /**
   * The same for a silence that was changed already. If the problems cannot be read it names only
   * the severity, because people must be informed of the change.
   */
  public static String covers(Silence silence, RecentProblems recents) {
    List<Recent> known;
    try {
      known = recents.all();
    } catch (Unavailable e) {
      return upTo(silence);
    }
    return covers(silence, known);
  }

  private static String upTo(Silence silence) {
    return "alerts up to " + silence.upTo().jsonName();
  }

  /** The highest severity that it hides, and the latest of the problems that it matches. */
  public static String covers(Silence silence, List<Recent> known) {
    List<Recent> hidden =
        known.stream()
            .filter(one -> silence.when().matches(one.event()))
            .filter(one -> !silence.isBelow(one.severity()))
            .toList();
    String shown =
        hidden.stream().limit(SHOWN).map(HidingWords::words).collect(Collectors.joining("; "));
    return upTo(silence)
        + "; "
        + (hidden.isEmpty() ? "none" : hidden.size())
        + " of "
        + known.size()
        + " recent problems"
        + (hidden.isEmpty() ? "" : ": ")
        + shown
        + (hidden.size() > SHOWN ? "; …" : "");
  }

  private static String words(Recent recent) {
    JsonNode alert = recent.event().path("alert");
    JsonNode target = alert.path("target");
    String place =
        Stream.concat(
                Stream.of("namespace").map(target::path),
                Stream.of("workload", "pod", "instance", "resource", "principal", "node")
                    .map(target::path)
                    .filter(JsonNode::isTextual)
                    .limit(1))
            .filter(JsonNode::isTextual)
            .map(one -> HostileText.visible(one.asText(), NAME))
            .collect(Collectors.joining("/"));
    return HostileText.visible(alert.path("rule").asText("an alert without a rule name"), NAME)
        + (place.isEmpty() ? "" : " in " + place)
        + " ("
        + recent.severity().jsonName()
        + ")";
  }
}
