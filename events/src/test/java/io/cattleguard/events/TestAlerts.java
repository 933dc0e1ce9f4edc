package io.cattleguard.events;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Alerts for tests of every module. */
public final class TestAlerts {
  /** The default time of these alerts. */
  public static final Instant AT = Instant.parse("2026-03-02T09:15:00Z");

  private static final Target WEB =
      Target.builder()
          .cluster("blue")
          .node("node-a")
          .namespace("shop")
          .pod("web-7c8d9f5b6d-x2x4k")
          .containerId("4f1c0ffee001")
          .containerName("web")
          .image("registry.example.com/web:1.4")
          .build();

  private TestAlerts() {}

  /** A reverse shell in {@code shop/web}: critical, T1059.004, with a peer. */
  public static Alert reverseShell(String id) {
    return alert(id, "Redirect STDOUT/STDIN to Network Connection in Container", Severity.CRITICAL)
        .network(new ObservedConnection("198.51.100.7", 8443, "tcp", "outbound"))
        .build();
  }

  /** A shell that a person opened in {@code shop/web}: low, T1059. */
  public static Alert terminalShell(String id) {
    return alert(id, "Terminal shell in container", Severity.LOW).build();
  }

  /** The canary, as score reads it. */
  public static Alert canary(String id) {
    return alert(id, "Cattleguard canary", Severity.INFORMATIONAL)
        .target(Target.builder().cluster("canary").namespace("canary-" + id).pod("canary").build())
        .build();
  }

  /** The result of deduplicate for the first alert of a problem. */
  public static AcceptedAlert opened(Alert alert) {
    Instant observedAt = alert.observedAt();
    Instant at = observedAt == null ? AT : observedAt;
    return new AcceptedAlert(
        alert, "5d41402abc4b2a76b9719d911017c592", Acceptance.OPENED, 1, at, at, 1, 1);
  }

  /** The result of score, with one reason that has all points. */
  public static ScoredAlert scored(Alert alert, int score) {
    return new ScoredAlert(opened(alert), score, List.of(new Points(score, "a test says so")));
  }

  /** The outcome of respond two seconds after the alert: refused with one objection. */
  public static ResponseDecided decided(ScoredAlert scored, ResponseOutcome outcome) {
    Target target = scored.alert().target();
    return new ResponseDecided(
        scored,
        "reverse-shell",
        "delete-pod",
        "pod " + target.namespace() + "/" + target.pod(),
        outcome,
        outcome == ResponseOutcome.REFUSED ? List.of("protected-namespace: shop") : List.of(),
        "a test says so",
        AT.plusSeconds(2),
        null);
  }

  /** An alert on {@code shop/web}, which tests change. */
  public static Draft alert(String id, String rule, Severity severity) {
    return new Draft(id, rule, severity);
  }

  /** A builder of an alert. */
  public static final class Draft {
    private final String id;
    private final String rule;
    private final Severity severity;
    private AlertClass alertClass = AlertClass.RUNTIME;
    private String source = "falco";
    private Target target = WEB;
    private ObservedProcess process =
        new ObservedProcess("/bin/bash", "bash", "bash -i", "httpd", "www-data");
    private ObservedConnection network = ObservedConnection.UNKNOWN;
    private @Nullable Instant at = AT;
    private List<String> tactics = List.of("TA0002");
    private List<String> techniques = List.of("T1059.004");
    private List<String> traits = List.of();
    private long count = 1;

    private Draft(String id, String rule, Severity severity) {
      this.id = id;
      this.rule = rule;
      this.severity = severity;
    }

    /** Of that class. */
    @CanIgnoreReturnValue
    public Draft alertClass(AlertClass value) {
      alertClass = value;
      return this;
    }

    /** From that source. */
    @CanIgnoreReturnValue
    public Draft source(String value) {
      source = value;
      return this;
    }

    /** On that target. */
    @CanIgnoreReturnValue
    public Draft target(Target value) {
      target = value;
      return this;
    }

    /** Sets the pod of {@code shop/web}. */
    @CanIgnoreReturnValue
    public Draft pod(String pod) {
      target = target.toBuilder().pod(pod).containerId(null).build();
      return this;
    }

    /** Sets the container's image. */
    @CanIgnoreReturnValue
    public Draft image(String image) {
      target = target.toBuilder().image(image).build();
      return this;
    }

    /** By that process. */
    @CanIgnoreReturnValue
    public Draft process(ObservedProcess value) {
      process = value;
      return this;
    }

    /** With that connection. */
    @CanIgnoreReturnValue
    public Draft network(ObservedConnection value) {
      network = value;
      return this;
    }

    /** Then. */
    @CanIgnoreReturnValue
    public Draft at(@Nullable Instant value) {
      at = value;
      return this;
    }

    /** Sets the tactics and techniques. */
    @CanIgnoreReturnValue
    public Draft attack(List<String> newTactics, List<String> newTechniques) {
      tactics = newTactics;
      techniques = newTechniques;
      return this;
    }

    /** With those traits. */
    @CanIgnoreReturnValue
    public Draft traits(List<String> value) {
      traits = value;
      return this;
    }

    /** Sets the number of events that it stands for. */
    @CanIgnoreReturnValue
    public Draft count(long value) {
      count = value;
      return this;
    }

    /** The alert. */
    public Alert build() {
      return new Alert(
          id,
          alertClass,
          source,
          rule,
          severity,
          tactics,
          techniques,
          traits,
          target,
          process,
          network,
          null,
          at,
          count,
          List.of(),
          "{}",
          null,
          List.of());
    }
  }
}
