package io.cattleguard.events;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.attack.Tactic;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The incident of a scored alert: alerts of several rules, sensors and sources about one object are
 * one incident.
 *
 * @param id deterministic: an alert that is scored again has the same incident. An alert without a
 *     common object has an incident of its own, whose id is the fingerprint of its problem
 * @param openedAt event time of the alert that opened it
 * @param subject what it is about, for people: {@code workload shop/web in blue}
 * @param reasons why the alert belongs to it, one sentence each
 * @param steps the first alert of each rule, in the order in which they were scored
 * @param joined ids of the incidents that were merged into this one
 */
public record Incident(
    String id,
    Instant openedAt,
    String subject,
    List<String> reasons,
    List<Step> steps,
    List<String> joined) {
  /** The tactics in the order of an attack, as MITRE's Enterprise matrix shows them. */
  private static final List<String> ORDER = Tactic.ids();

  /**
   * The first alert of one rule in an incident.
   *
   * @param at when it happened
   * @param rule the source's rule name, absent if the alert has none
   * @param severity absent if the source reports none
   * @param tactics MITRE tactics
   */
  public record Step(
      Instant at,
      String source,
      @Nullable String rule,
      @Nullable Severity severity,
      List<String> tactics) {
    /** Copies the tactics. */
    public Step {
      tactics = List.copyOf(tactics);
    }

    /** A step of an incident as JSON; absent fields are omitted. */
    public ObjectNode write() {
      ObjectNode out = JsonNodeFactory.instance.objectNode();
      out.put("at", at.toString());
      out.put("source", source);
      JsonFields.put(out, "rule", rule);
      Severity known = severity;
      if (known != null) {
        out.put("severity", known.jsonName());
      }
      JsonFields.putTexts(out, "tactics", tactics);
      return out;
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws ContractViolation if a required field is absent or of the wrong type
     */
    public static Step read(JsonNode in) {
      return new Step(
          JsonFields.instant(in, "at"),
          JsonFields.required(in, "source"),
          JsonFields.text(in, "rule"),
          JsonFields.severity(in),
          JsonFields.texts(in, "tactics"));
    }
  }

  /** Copies the lists. */
  public Incident {
    reasons = List.copyOf(reasons);
    steps = List.copyOf(steps);
    joined = List.copyOf(joined);
  }

  /**
   * The kill chain: the tactics in the order of an attack, each with its steps in the order of
   * time. A step of several tactics is below each of them; an unknown tactic comes last.
   */
  public Map<String, List<Step>> killChain() {
    List<String> tactics = new ArrayList<>();
    steps.forEach(step -> step.tactics().forEach(tactics::add));
    Map<String, List<Step>> chain = new LinkedHashMap<>();
    tactics.stream()
        .distinct()
        .sorted(Comparator.comparingInt(Incident::position).thenComparing(tactic -> tactic))
        .forEach(
            tactic ->
                chain.put(
                    tactic,
                    steps.stream()
                        .filter(step -> step.tactics().contains(tactic))
                        .sorted(Comparator.comparing(Step::at))
                        .toList()));
    return chain;
  }

  private static int position(String tactic) {
    int position = ORDER.indexOf(tactic);
    return position < 0 ? ORDER.size() : position;
  }

  /** An incident as JSON; empty lists are omitted. */
  public ObjectNode write() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("id", id);
    out.put("openedAt", openedAt.toString());
    out.put("subject", subject);
    JsonFields.putTexts(out, "reasons", reasons);
    if (!steps.isEmpty()) {
      ArrayNode array = out.putArray("steps");
      steps.forEach(step -> array.add(step.write()));
    }
    JsonFields.putTexts(out, "joined", joined);
    return out;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static Incident read(JsonNode in) {
    List<Step> steps = new ArrayList<>();
    in.path("steps").forEach(step -> steps.add(Step.read(step)));
    return new Incident(
        JsonFields.required(in, "id"),
        JsonFields.instant(in, "openedAt"),
        JsonFields.required(in, "subject"),
        JsonFields.texts(in, "reasons"),
        steps,
        JsonFields.texts(in, "joined"));
  }
}
