package io.cattleguard.events;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.text.WireName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of one playbook step for a scored alert.
 *
 * @param scored the alert
 * @param playbook the playbook that matched
 * @param action the step, {@code isolate-pod}, {@code delete-pod}, …
 * @param target the exact object, as text: {@code pod shop/web-1 (uid 123)}
 * @param objections one sentence per guard that objected; empty unless refused or observed
 * @param explanation what happened, as a sentence for people
 * @param decidedAt when the decision was made
 * @param leaseUntil when a containment's lease expires, absent if there is nothing to undo
 * @param approval the question to people, absent if nobody was asked
 * @param containment as {@code cattleguard undo} takes it, {@code blue/isolate-pod/<uid>}; absent
 *     if there is nothing to undo
 * @param stated what the action does to an attack while it is in force; absent in an event of a
 *     version that did not state it, see {@link #effect()}
 * @param guards what the guards answered before the decision; nothing if none was asked, as for the
 *     end of a lease, or if the event is of a version that did not state it
 */
public record ResponseDecided(
    ScoredAlert scored,
    String playbook,
    String action,
    String target,
    ResponseOutcome outcome,
    List<String> objections,
    String explanation,
    Instant decidedAt,
    @Nullable Instant leaseUntil,
    @Nullable Approval approval,
    @Nullable String containment,
    @Nullable Effect stated,
    GuardAnswers guards) {
  /** What an action does to an attack on its object, while it is in force. */
  public enum Effect implements WireName {
    /** It only reads: the attack goes on as before. */
    NONE,
    /** It blocks one path of the attack; the attack may continue by another. */
    LIMITS,
    /** The attack cannot continue there. */
    CONTAINS;

    private final String jsonName = WireName.of(this);

    /** What events say. */
    @Override
    public String jsonName() {
      return jsonName;
    }

    /** The effect with that name in events. */
    public static Optional<Effect> named(String name) {
      return WireName.find(values(), name);
    }

    /**
     * The effect of an action in an event that does not state it. Events of newer versions always
     * state it, so this list never grows.
     */
    public static Effect unstated(String action) {
      return switch (action) {
        case "capture-evidence", "snapshot-instance" -> NONE;
        case "block-egress", "cordon-node" -> LIMITS;
        default -> CONTAINS;
      };
    }
  }

  /**
   * A question to people whether the action may be taken.
   *
   * @param id as {@code cattleguard approve} takes it: {@code blue/isolate-pod/<hash>}
   * @param until when it expires
   * @param actsByDefault whether the action is taken when it expires
   * @param guards the guards that were asked; none objected when people were asked
   * @param by who decided, absent while nobody has
   * @param why the reason of the decision
   * @param command the id of the command that this outcome answers
   */
  public record Approval(
      String id,
      Instant until,
      boolean actsByDefault,
      List<String> guards,
      @Nullable String by,
      @Nullable String why,
      @Nullable String command) {
    /** Copies the guards. */
    public Approval {
      guards = List.copyOf(guards);
    }

    private static Approval read(JsonNode in) {
      return new Approval(
          JsonFields.required(in, "id"),
          JsonFields.instant(in, "until"),
          JsonFields.required(in, "then").equals("act"),
          JsonFields.texts(in, "guards"),
          JsonFields.text(in, "by"),
          JsonFields.text(in, "why"),
          JsonFields.text(in, "command"));
    }
  }

  /**
   * The guards' answers about an action.
   *
   * @param clear the names of those that did not object
   * @param objected those that objected
   * @param notEvaluated those that could not be evaluated. That is an objection too, except in a
   *     dry run, which does not query the cluster or the account
   */
  public record GuardAnswers(List<String> clear, List<Answer> objected, List<Answer> notEvaluated) {
    /** No guard was asked. */
    public static final GuardAnswers NONE = new GuardAnswers(List.of(), List.of(), List.of());

    /** A guard by its name, and why it objects or could not be evaluated, as a sentence. */
    public record Answer(String guard, String why) {
      private static List<Answer> read(JsonNode in, String field) {
        List<Answer> answers = new ArrayList<>();
        in.path(field)
            .forEach(
                one ->
                    answers.add(
                        new Answer(
                            JsonFields.required(one, "guard"), JsonFields.required(one, "why"))));
        return answers;
      }

      private static void put(ObjectNode out, String field, List<Answer> answers) {
        if (!answers.isEmpty()) {
          ArrayNode all = out.putArray(field);
          answers.forEach(one -> all.addObject().put("guard", one.guard()).put("why", one.why()));
        }
      }
    }

    /** Copies the lists. */
    public GuardAnswers {
      clear = List.copyOf(clear);
      objected = List.copyOf(objected);
      notEvaluated = List.copyOf(notEvaluated);
    }

    /** The answers of guards of which none objected. */
    public static GuardAnswers clear(List<String> guards) {
      return new GuardAnswers(guards, List.of(), List.of());
    }

    /** Whether a guard was asked. */
    public boolean isAsked() {
      return !equals(NONE);
    }

    private static GuardAnswers read(JsonNode in) {
      return new GuardAnswers(
          JsonFields.texts(in, "clear"),
          Answer.read(in, "objected"),
          Answer.read(in, "notEvaluated"));
    }

    private void write(ObjectNode out) {
      JsonFields.putTexts(out, "clear", clear);
      Answer.put(out, "objected", objected);
      Answer.put(out, "notEvaluated", notEvaluated);
    }
  }

  /** An outcome without a question to people and without a containment. */
  public ResponseDecided(
      ScoredAlert scored,
      String playbook,
      String action,
      String target,
      ResponseOutcome outcome,
      List<String> objections,
      String explanation,
      Instant decidedAt,
      @Nullable Instant leaseUntil) {
    this(
        scored,
        playbook,
        action,
        target,
        outcome,
        objections,
        explanation,
        decidedAt,
        leaseUntil,
        null,
        null,
        null,
        GuardAnswers.NONE);
  }

  /** A copy that states the effect of its action. */
  public ResponseDecided with(Effect effect) {
    return copy(explanation, approval, containment, effect, guards);
  }

  /** A copy with the guards' answers. */
  public ResponseDecided after(GuardAnswers answers) {
    return copy(explanation, approval, containment, stated, answers);
  }

  /** What the action does to an attack while it is in force. */
  public Effect effect() {
    return stated == null ? Effect.unstated(action) : stated;
  }

  /** Whether the action contains its object, so that an attack cannot continue there. */
  public boolean contains() {
    return effect() == Effect.CONTAINS;
  }

  /** A copy whose containment, if there is something to undo, is that of the object. */
  public ResponseDecided on(String uid) {
    String cluster = scored.alert().target().cluster();
    return leaseUntil == null
        ? this
        : copy(
            explanation,
            approval,
            (cluster == null || cluster.isEmpty() ? "" : cluster + "/") + action + "/" + uid,
            stated,
            guards);
  }

  /** A copy with a question to people, or with the answer to one. */
  public ResponseDecided about(@Nullable Approval question) {
    return copy(explanation, question, containment, stated, guards);
  }

  /** A copy that names the question that it answers. */
  public ResponseDecided answering(Approval question, String saying) {
    return copy(saying, question, containment, stated, guards);
  }

  private ResponseDecided copy(
      String saying,
      @Nullable Approval question,
      @Nullable String undoneAs,
      @Nullable Effect effectOf,
      GuardAnswers answers) {
    return new ResponseDecided(
        scored,
        playbook,
        action,
        target,
        outcome,
        objections,
        saying,
        decidedAt,
        leaseUntil,
        question,
        undoneAs,
        effectOf,
        answers);
  }

  /** Copies the objections. */
  public ResponseDecided {
    objections = List.copyOf(objections);
  }

  /**
   * Deterministic: the same outcome of the same step for the same alert has the same id. A lease
   * can be extended several times, so its end is part of the id. An effect can be lost several
   * times, and its release can fail too, so the time of a failure with a lease is part of it.
   * People can be asked several times, and several of them can answer, so the question or the
   * command is part of it.
   */
  public String id() {
    String id =
        String.join("/", scored.accepted().id(), playbook, action, target, outcome.jsonName());
    Approval question = approval;
    if (question != null) {
      String command = question.command();
      return command == null
          ? id + "/" + question.id().substring(question.id().lastIndexOf('/') + 1)
          : id + "/command/" + command;
    }
    return switch (outcome) {
      case EXTENDED -> id + "/" + leaseUntil;
      case FAILED -> leaseUntil == null ? id : id + "/" + decidedAt;
      default -> id;
    };
  }

  /** The detail of a {@link DetailType#RESPONSE_DECIDED} event. */
  public ObjectNode write() {
    ObjectNode out = AlertJson.scored(scored, id(), scored.accepted().hops());
    ObjectNode response = out.putObject("response");
    response.put("playbook", playbook);
    response.put("action", action);
    Effect effect = stated;
    JsonFields.put(response, "effect", effect == null ? null : effect.jsonName());
    response.put("target", target);
    response.put("outcome", outcome.jsonName());
    JsonFields.putTexts(response, "objections", objections);
    if (guards.isAsked()) {
      guards.write(response.putObject("guards"));
    }
    response.put("explanation", explanation);
    response.put("decidedAt", decidedAt.toString());
    Instant lease = leaseUntil;
    if (lease != null) {
      response.put("leaseUntil", lease.toString());
    }
    JsonFields.put(response, "containment", containment);
    Approval asked = approval;
    if (asked != null) {
      ObjectNode question = response.putObject("approval");
      question.put("id", asked.id());
      question.put("until", asked.until().toString());
      question.put("then", asked.actsByDefault() ? "act" : "nothing");
      JsonFields.putTexts(question, "guards", asked.guards());
      JsonFields.put(question, "by", asked.by());
      JsonFields.put(question, "why", asked.why());
      JsonFields.put(question, "command", asked.command());
    }
    return out;
  }

  /**
   * Reads the detail of a {@link DetailType#RESPONSE_DECIDED} event and adds a hop.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static ResponseDecided read(JsonNode detail) {
    JsonNode response = detail.path("response");
    return new ResponseDecided(
        AlertJson.readScored(detail),
        JsonFields.required(response, "playbook"),
        JsonFields.required(response, "action"),
        JsonFields.required(response, "target"),
        JsonFields.named(
            response, "outcome", ResponseOutcome.named(JsonFields.required(response, "outcome"))),
        JsonFields.texts(response, "objections"),
        JsonFields.required(response, "explanation"),
        JsonFields.instant(response, "decidedAt"),
        response.has("leaseUntil") ? JsonFields.instant(response, "leaseUntil") : null,
        response.has("approval") ? Approval.read(response.path("approval")) : null,
        JsonFields.text(response, "containment"),
        response.has("effect")
            ? JsonFields.named(
                response, "effect", Effect.named(JsonFields.required(response, "effect")))
            : null,
        GuardAnswers.read(response.path("guards")));
  }
}
