package io.cattleguard.app.board.page;

import io.cattleguard.reviewed.DeviationPatch;
import java.util.List;
import java.util.Optional;

/**
 * What accepting a deviation changes in the model of its workload.
 *
 * @param words what the workload did
 * @param lines the patch, by line
 * @param warnings notes to read before the commit
 * @param trouble the reason if there is no patch
 * @param command prints the same patch
 * @param file the address of the patch as a file
 * @param source where the models are from, in words
 * @param back the incident
 */
public record Acceptance(
    String model,
    String words,
    List<Line> lines,
    List<String> warnings,
    Optional<String> trouble,
    String command,
    String file,
    String source,
    String back) {
  /** A line of a patch; {@code tone} says whether it is new, old or neither. */
  public record Line(String tone, String text) {}

  /** Copies the lists. */
  public Acceptance {
    lines = List.copyOf(lines);
    warnings = List.copyOf(warnings);
  }

  /** The page of a patch. */
  public static Acceptance of(DeviationPatch patch, String incident, String source) {
    return new Acceptance(
        Words.sentence(patch.accepted().model()),
        Words.sentence(Words.capitalised(patch.words())),
        patch.patch().lines().map(Acceptance::line).toList(),
        patch.warnings(),
        patch.trouble().map(Words::sentence),
        patch.accepted().command(),
        Links.patch(incident, patch.accepted()),
        Words.sentence(source),
        Links.incident(incident));
  }

  private static Line line(String text) {
    boolean heading = text.startsWith("+++") || text.startsWith("---");
    String tone =
        heading ? "" : text.startsWith("+") ? "good" : text.startsWith("-") ? "alarm" : "";
    return new Line(tone, Words.sentence(text));
  }
}
