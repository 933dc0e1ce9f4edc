package io.cattleguard.record;

import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseDecided.GuardAnswers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The guards' answers before a step, as a record keeps them: the sentences of the first objections,
 * and the names of all guards in few bytes. If an event names guards in an unknown form, only its
 * objections are kept.
 *
 * @param asked the names of all guards
 * @param objections the first objections, truncated
 * @param objectors empty if the event does not state the guards' answers
 */
record GuardsOfStep(
    SortedSet<String> asked, List<String> objections, Optional<ActionStep.Objectors> objectors) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ,-]{0,31}");
  private static final int OBJECTIONS = 3;
  private static final int SENTENCE = 100;
  private static final int SHORT_SENTENCE = 50;

  /** Maximum number of guards of one action. */
  static final int GUARDS = 32;

  /** The names that a step keeps, in bytes. */
  private static final int NAMES = 500;

  /** The names and the sentences that a step keeps, in bytes. */
  private static final int STEP = 620;

  static GuardsOfStep of(ResponseDecided decided) {
    GuardAnswers answers = answers(decided);
    SortedSet<String> asked = new TreeSet<>(answers.clear());
    Map<String, String> bySentence = new TreeMap<>();
    List<String> notEvaluated = new ArrayList<>();
    List<String> withoutSentence = new ArrayList<>();
    for (GuardAnswers.Answer answer : answers.notEvaluated()) {
      notEvaluated.add(answer.guard());
    }
    Stream.concat(answers.objected().stream(), answers.notEvaluated().stream())
        .forEach(
            answer -> {
              asked.add(answer.guard());
              if (decided.objections().contains(answer.why())) {
                bySentence.putIfAbsent(answer.why(), answer.guard());
              }
              if (!answer.guard().equals(bySentence.get(answer.why()))
                  && !notEvaluated.contains(answer.guard())) {
                withoutSentence.add(answer.guard());
              }
            });
    List<String> by = new ArrayList<>();
    decided.objections().forEach(one -> by.add(bySentence.getOrDefault(one, "")));
    by.addAll(withoutSentence);
    int size = size(by) + size(notEvaluated);
    boolean isKept =
        answers.isAsked()
            && asked.size() <= GUARDS
            && size <= NAMES
            && asked.stream().allMatch(name -> NAME.matcher(name).matches());
    return new GuardsOfStep(
        isKept ? asked : new TreeSet<>(),
        sentences(decided.objections(), STEP - (isKept ? size : 0)),
        isKept ? Optional.of(new ActionStep.Objectors(by, notEvaluated)) : Optional.empty());
  }

  /** A question to people names the guards that were asked before it; none objected. */
  private static GuardAnswers answers(ResponseDecided decided) {
    ResponseDecided.Approval approval = decided.approval();
    return decided.guards().isAsked() || approval == null || !decided.objections().isEmpty()
        ? decided.guards()
        : GuardAnswers.clear(approval.guards());
  }

  private static int size(List<String> names) {
    return names.stream().mapToInt(name -> size(name) + 3).sum();
  }

  /** The bytes of a text in JSON. */
  private static int size(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length
        + (int) text.chars().filter(one -> one == '"' || one == '\\').count();
  }

  /**
   * The first sentences. A sentence that takes much more space than it has characters is truncated
   * earlier.
   */
  private static List<String> sentences(List<String> objections, int bytes) {
    List<String> kept = new ArrayList<>();
    int left = bytes;
    for (String objection : objections) {
      if (kept.size() == OBJECTIONS || left < SHORT_SENTENCE) {
        break;
      }
      String sentence = Projection.text(objection, SENTENCE);
      if (size(sentence) > left / (OBJECTIONS - kept.size())) {
        sentence = Projection.text(objection, SHORT_SENTENCE);
      }
      left -= size(sentence);
      kept.add(sentence);
    }
    return kept;
  }
}
