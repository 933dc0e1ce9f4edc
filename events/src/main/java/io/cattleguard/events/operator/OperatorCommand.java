package io.cattleguard.events.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.text.WireName;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * The detail of a {@link DetailType#OPERATOR_COMMAND} event: a person's command.
 *
 * @param id a copy that is published again has the same id
 * @param why the reason, for people
 * @param observedAt when the person gave it
 * @param cluster absent if it is about all clusters or about an account, and where its writer
 *     cannot tell which part of an id is the cluster
 * @param incident the id of the incident, if it is about one
 * @param applied whether the writer has carried it out already, so that readers only record it
 * @param ignored why the responsible step did not carry it out; readers only record and report it
 */
public record OperatorCommand(
    String id,
    Verb command,
    Who who,
    String why,
    Instant observedAt,
    Optional<String> cluster,
    Optional<String> incident,
    About about,
    boolean applied,
    Optional<String> ignored,
    int hops) {
  private static final int ID = 128;
  private static final int TEXT = 500;
  private static final int OBJECT = 512;
  private static final int PATTERN = 16_384;

  /** What is commanded. */
  public enum Verb implements WireName {
    /** Take an action that waits for approval. */
    APPROVE,
    /** Do not take an action that waits for approval. */
    REJECT,
    /** Undo a containment. */
    UNDO,
    /** Extend the lease of a containment. */
    EXTEND,
    /** Hide alerts from people. */
    SILENCE,
    /** End a silence. */
    UNSILENCE,
    /** Turn the kill switch on. */
    STOP,
    /** Turn the kill switch off. */
    RESUME;

    private final String jsonName = WireName.of(this);

    /** The name on the wire and on the command line: {@code approve}. */
    @Override
    public String jsonName() {
      return jsonName;
    }

    /** The command with that wire name, or empty. */
    public static Optional<Verb> named(String jsonName) {
      return WireName.find(values(), jsonName);
    }
  }

  /**
   * The person who gives the command.
   *
   * @param identity as it was verified: {@code aws:<aws:userid>}, {@code unix:<user>}, {@code
   *     slack:<user>}
   * @param name the name that the person gives, which is not verified
   */
  public record Who(String identity, Optional<String> name) {
    /** For people: {@code anna (unix:anna)}. */
    public String inWords() {
      return name.filter(one -> !one.equals(identity))
          .map(one -> one + " (" + identity + ")")
          .orElse(identity);
    }
  }

  /**
   * The object of the command. Each field is absent where the command has none.
   *
   * @param approval the id of what waits for approval: {@code blue/isolate-pod/<hash>}
   * @param containment the id of a containment: {@code blue/isolate-pod/<uid>}
   * @param silence the id of a silence
   * @param until the new end of a lease, or the end of a silence
   * @param match the pattern of a silence, as JSON in a text
   * @param responders whether a silence hides alerts from responders too, or did until it was ended
   * @param covers what a silence hides, for people; the step that sets the silence fills it in
   */
  public record About(
      Optional<String> approval,
      Optional<String> containment,
      Optional<String> silence,
      Optional<Instant> until,
      Optional<String> match,
      boolean responders,
      Optional<String> covers) {
    /** For a command about the whole deployment. */
    public static final About DEPLOYMENT =
        silence(Optional.empty(), Optional.empty(), Optional.empty(), false);

    /** A subject that does not say what a silence hides. */
    public About(
        Optional<String> approval,
        Optional<String> containment,
        Optional<String> silence,
        Optional<Instant> until,
        Optional<String> match,
        boolean responders) {
      this(approval, containment, silence, until, match, responders, Optional.empty());
    }

    /** An action that waits for approval. */
    public static About approval(String id) {
      return new About(
          Optional.of(id),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          false);
    }

    /**
     * The cluster that the id of what waits for approval names, whose name may contain slashes;
     * empty for an account, or if there is no such id.
     */
    public Optional<String> clusterOfApproval() {
      return approval
          .map(id -> id.lastIndexOf('/', id.lastIndexOf('/') - 1))
          .filter(at -> at > 0)
          .map(at -> approval.orElseThrow().substring(0, at));
    }

    /** A containment, and the new end of its lease. */
    public static About containment(String id, Optional<Instant> until) {
      return new About(
          Optional.empty(), Optional.of(id), Optional.empty(), until, Optional.empty(), false);
    }

    /** A silence; its end and pattern when it is set. */
    public static About silence(
        String id, Optional<Instant> until, Optional<String> match, boolean responders) {
      return silence(Optional.of(id), until, match, responders);
    }

    private static About silence(
        Optional<String> id, Optional<Instant> until, Optional<String> match, boolean responders) {
      return new About(Optional.empty(), Optional.empty(), id, until, match, responders);
    }

    /** A copy that says what a silence hides, and whether also from responders. */
    public About covering(String words, boolean alsoFromResponders) {
      return new About(
          approval, containment, silence, until, match, alsoFromResponders, Optional.of(words));
    }
  }

  /** A command that was given now, with a deterministic id. */
  public static OperatorCommand of(
      Verb command, Who who, String why, Instant at, Optional<String> cluster, About about) {
    return new OperatorCommand(
        Fingerprint.hash(
            String.join(
                "\n",
                "operator command",
                command.jsonName,
                who.identity,
                about.approval.or(about::containment).or(about::silence).orElse(""),
                about.until.map(Instant::toString).orElse(""),
                at.toString())),
        command,
        who,
        why,
        at,
        cluster,
        Optional.empty(),
        about,
        false,
        Optional.empty(),
        0);
  }

  /** A copy that its writer has carried out. */
  public OperatorCommand carriedOut() {
    return new OperatorCommand(
        id, command, who, why, observedAt, cluster, incident, about, true, ignored, hops);
  }

  /**
   * The answer of a step, an event of its own: it has carried out the command, or has ignored it.
   * Steps that answer the same command give the same id.
   *
   * @param because why it was ignored; empty if it was carried out
   */
  public OperatorCommand answered(Optional<String> because) {
    return new OperatorCommand(
        Fingerprint.hash("answer\n" + id),
        command,
        who,
        why,
        observedAt,
        cluster,
        incident,
        about,
        because.isEmpty(),
        because,
        hops);
  }

  /** Whether there is something to carry out. */
  public boolean isOpen() {
    return !applied && ignored.isEmpty();
  }

  /** A copy about that incident. */
  public OperatorCommand in(Optional<String> other) {
    return new OperatorCommand(
        id, command, who, why, observedAt, cluster, other, about, applied, ignored, hops);
  }

  /** A copy with more details of its object. */
  public OperatorCommand about(About other) {
    return new OperatorCommand(
        id, command, who, why, observedAt, cluster, incident, other, applied, ignored, hops);
  }

  /** A copy with that id: a command that came twice with different times is one command. */
  public OperatorCommand identified(String other) {
    return new OperatorCommand(
        other, command, who, why, observedAt, cluster, incident, about, applied, ignored, hops);
  }

  OperatorCommand by(Who other) {
    return new OperatorCommand(
        id, command, other, why, observedAt, cluster, incident, about, applied, ignored, hops);
  }

  /** The detail as JSON. */
  public ObjectNode write() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("schema", AlertJson.SCHEMA);
    out.put("id", id);
    cluster.ifPresent(name -> out.put("cluster", name));
    out.put("observedAt", observedAt.toString());
    out.put("hops", hops);
    out.put("command", command.jsonName);
    out.put("who", who.identity);
    who.name.ifPresent(name -> out.put("name", name));
    out.put("why", why);
    incident.ifPresent(one -> out.putObject("incident").put("id", one));
    about.approval.ifPresent(one -> out.put("approval", one));
    about.containment.ifPresent(one -> out.put("containment", one));
    about.silence.ifPresent(one -> out.put("silence", one));
    about.until.ifPresent(one -> out.put("until", one.toString()));
    about.match.ifPresent(one -> out.put("match", one));
    if (about.responders) {
      out.put("responders", true);
    }
    about.covers.ifPresent(one -> out.put("covers", one));
    if (applied) {
      out.put("applied", true);
    }
    ignored.ifPresent(one -> out.put("ignored", one));
    return out;
  }

  /**
   * Reads what {@link #write} wrote in this process, and adds a hop.
   *
   * @throws ContractViolation if a field that the command needs is absent or wrong
   */
  public static OperatorCommand read(JsonNode detail) {
    String name = text(detail, "command", ID);
    Verb command =
        Verb.named(name)
            .orElseThrow(() -> new ContractViolation("command: no command is " + shown(name)));
    if (!detail.path("hops").canConvertToInt()) {
      throw new ContractViolation("hops: missing, or not a number");
    }
    return new OperatorCommand(
        text(detail, "id", ID),
        command,
        new Who(text(detail, "who", 2 * ID), shownText(detail, "name", ID)),
        HostileText.visible(text(detail, "why", Integer.MAX_VALUE), TEXT),
        instant(detail, "observedAt"),
        optional(detail, "cluster", ID),
        detail.has("incident")
            ? Optional.of(text(detail.path("incident"), "id", ID))
            : Optional.empty(),
        about(detail, command),
        detail.path("applied").asBoolean(),
        shownText(detail, "ignored", TEXT),
        detail.path("hops").asInt() + 1);
  }

  /**
   * Reads a command from EventBridge, or a step's answer to one. The envelope's source names the
   * person. Deduplicate answers commands about silences, and responders all others.
   *
   * <p>A person's own event cannot claim a result: a step must say that it carried out or ignored
   * the command. The command line sets silences itself, and deduplicate confirms that. The function
   * {@code operate} says that it has refused a command.
   *
   * @throws ContractViolation if the source is not an operator's, or a field is absent or wrong
   */
  public static OperatorCommand read(String source, JsonNode detail) {
    boolean deduplicates = source.equals(OperatorSource.DEDUPLICATE);
    if (!deduplicates && !source.equals(OperatorSource.RESPOND)) {
      OperatorSource operator = OperatorSource.read(source);
      OperatorCommand given = operator.given(read(detail));
      return operator.userId().isEmpty() && given.ignored.isPresent()
          ? given.refused()
          : given.unconfirmed();
    }
    OperatorCommand answer = read(detail);
    if (answer.isOpen()) {
      throw new ContractViolation("source: a step answers commands and gives none");
    }
    if (deduplicates != answer.isAboutSilence()) {
      throw new ContractViolation(
          "source: " + answer.command.jsonName + " is not answered by " + source);
    }
    return answer;
  }

  /** operate refused it, so it was not carried out either. */
  private OperatorCommand refused() {
    return new OperatorCommand(
        id, command, who, why, observedAt, cluster, incident, about, false, ignored, hops);
  }

  /** A copy without the result that its writer claims. */
  private OperatorCommand unconfirmed() {
    return new OperatorCommand(
        id, command, who, why, observedAt, cluster, incident, about, false, Optional.empty(), hops);
  }

  /** Whether it changes responders' behaviour without their answer. */
  public boolean concernsResponders() {
    return applied && isAboutSilence() && about.responders;
  }

  private boolean isAboutSilence() {
    return switch (command) {
      case SILENCE, UNSILENCE -> true;
      case APPROVE, REJECT, UNDO, EXTEND, STOP, RESUME -> false;
    };
  }

  private static About about(JsonNode detail, Verb command) {
    About about =
        new About(
            optional(detail, "approval", OBJECT),
            optional(detail, "containment", OBJECT),
            optional(detail, "silence", ID),
            detail.has("until") ? Optional.of(instant(detail, "until")) : Optional.empty(),
            optional(detail, "match", PATTERN),
            detail.path("responders").asBoolean(),
            shownText(detail, "covers", TEXT));
    switch (command) {
      case APPROVE, REJECT -> require(about.approval.isPresent(), command, "approval");
      case UNDO -> require(about.containment.isPresent(), command, "containment");
      case EXTEND -> {
        require(about.containment.isPresent(), command, "containment");
        require(about.until.isPresent(), command, "until");
      }
      case SILENCE -> {
        require(about.silence.isPresent(), command, "silence");
        require(about.until.isPresent(), command, "until");
        require(about.match.isPresent(), command, "match");
      }
      case UNSILENCE -> require(about.silence.isPresent(), command, "silence");
      case STOP, RESUME -> {}
    }
    return about;
  }

  private static void require(boolean present, Verb command, String field) {
    if (!present) {
      throw new ContractViolation(field + ": missing, " + command.jsonName + " needs it");
    }
  }

  private static Optional<String> shownText(JsonNode in, String key, int limit) {
    return in.has(key)
        ? Optional.of(HostileText.visible(text(in, key, Integer.MAX_VALUE), limit))
        : Optional.empty();
  }

  private static Optional<String> optional(JsonNode in, String key, int limit) {
    return in.has(key) ? Optional.of(text(in, key, limit)) : Optional.empty();
  }

  private static String text(JsonNode in, String key, int limit) {
    String text = in.path(key).isTextual() ? in.path(key).textValue() : "";
    if (text.isBlank()) {
      throw new ContractViolation(key + ": missing, or not a string");
    }
    if (text.length() > limit) {
      throw new ContractViolation(key + ": longer than " + limit + " characters");
    }
    return text;
  }

  private static Instant instant(JsonNode in, String key) {
    try {
      return Instant.parse(text(in, key, ID));
    } catch (DateTimeException e) {
      throw new ContractViolation(key + ": not an RFC 3339 time in UTC", e);
    }
  }

  private static String shown(String text) {
    return HostileText.visible(text, 40);
  }
}
