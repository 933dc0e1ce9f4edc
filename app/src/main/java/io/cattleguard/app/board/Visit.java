package io.cattleguard.app.board;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.board.page.Acceptance;
import io.cattleguard.app.board.page.Confirm;
import io.cattleguard.app.board.page.Frame;
import io.cattleguard.app.board.page.IncidentFilter;
import io.cattleguard.app.board.page.IncidentList;
import io.cattleguard.app.board.page.IncidentView;
import io.cattleguard.app.board.page.Links;
import io.cattleguard.app.board.page.Live;
import io.cattleguard.app.board.page.Notice;
import io.cattleguard.app.board.page.Overview;
import io.cattleguard.app.board.page.Period;
import io.cattleguard.app.board.page.PlaybookList;
import io.cattleguard.app.board.page.SensorList;
import io.cattleguard.app.board.page.SilenceList;
import io.cattleguard.app.board.page.Snapshot;
import io.cattleguard.app.board.page.Tab;
import io.cattleguard.app.board.page.Verb;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.SilenceRequest;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.reviewed.DeviationPatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Answers a request of a browser that has a session. */
final class Visit {
  private final ShownDeployment deployment;
  private final Snapshots snapshots;
  private final Orders orders;
  private final KeptEvidence evidence;
  private final Pages pages;
  private final Gate gate;
  private final Session session;

  /**
   * The result of the latest command. A reply that does not show it leaves it for the next page.
   */
  private final Supplier<Optional<Frame.Flash>> flash;

  /** What all sessions share. */
  record Parts(
      ShownDeployment deployment,
      Snapshots snapshots,
      Orders orders,
      KeptEvidence evidence,
      Pages pages) {}

  /**
   * Takes one request's session.
   *
   * @param showsAll whether the browser gets and shows the whole page
   */
  Visit(Parts parts, Gate gate, Session session, boolean showsAll) {
    this.deployment = parts.deployment();
    this.snapshots = parts.snapshots();
    this.orders = parts.orders();
    this.evidence = parts.evidence();
    this.pages = parts.pages();
    this.gate = gate;
    this.session = session;
    this.flash = showsAll ? session::taken : Optional::empty;
  }

  Reply page(Request request) {
    Map<String, String> query = request.query();
    return switch (request.path()) {
      case "/" -> overview(query, request.address());
      case "/incidents" -> incidents(query, request.address());
      case "/incident" -> incident(query.getOrDefault("id", ""), request.address());
      case "/containments" -> containments(request.address());
      case "/silences" -> silences(request.address());
      case "/playbooks" -> playbooks();
      case "/sensors" -> sensors();
      case "/do" -> ask(query);
      case "/accept" -> accept(query, false);
      case "/accept.patch" -> accept(query, true);
      default -> notFound("There is no page at this address.");
    };
  }

  private Reply overview(Map<String, String> query, String address) {
    Snapshot snapshot = snapshots.current();
    Overview page = Overview.of(snapshot, Period.named(query.getOrDefault("since", "")));
    return Reply.html(
        200,
        pages.of(
            "overview", frame("Overview", Optional.of(Tab.OVERVIEW), snapshot, address), page));
  }

  private Reply incidents(Map<String, String> query, String address) {
    Snapshot snapshot = snapshots.current();
    IncidentList page = IncidentList.of(snapshot, IncidentFilter.of(query));
    return Reply.html(
        200,
        pages.of(
            "incidents", frame("Incidents", Optional.of(Tab.INCIDENTS), snapshot, address), page));
  }

  private Reply incident(String id, String address) {
    Snapshot snapshot = snapshots.current();
    Optional<IncidentRecord> record;
    try {
      record = id.isEmpty() ? Optional.empty() : deployment.incidents().named(id);
      List<IncidentSummary> several =
          record.isEmpty() && !id.isEmpty() ? deployment.incidents().beginningWith(id) : List.of();
      if (several.size() > 1) {
        return notice(300, Notice.several(id, several));
      }
    } catch (Unavailable e) {
      return notice(503, "Not available", "The incident cannot be read: " + e.getMessage());
    }
    if (record.filter(IncidentRecord::isListed).isEmpty()) {
      return notFound("There is no incident with that id. Old incidents are deleted.");
    }
    if (!record.get().id().equals(id)) {
      return Reply.redirect(Links.incident(record.get().id()));
    }
    IncidentView page =
        IncidentView.of(
            record.get().asOf(snapshot.at()),
            snapshot,
            deployment.policy().runbooks().get(),
            evidence.of(record.get()));
    return Reply.html(
        200,
        pages.of(
            "incident",
            frame(page.row().title(), Optional.of(Tab.INCIDENTS), snapshot, address),
            page));
  }

  private Reply containments(String address) {
    Snapshot snapshot = snapshots.current();
    return Reply.html(
        200,
        pages.of(
            "containments",
            frame("Containments", Optional.of(Tab.CONTAINMENTS), snapshot, address),
            Live.of(snapshot)));
  }

  private Reply silences(String address) {
    List<String> troubles = new ArrayList<>();
    List<ObjectNode> all = silences(troubles);
    Snapshot snapshot = snapshots.current().with(troubles);
    return Reply.html(
        200,
        pages.of(
            "silences",
            frame("Silences", Optional.of(Tab.SILENCES), snapshot, address),
            SilenceList.of(all, snapshot.at())));
  }

  private List<ObjectNode> silences(List<String> troubles) {
    try {
      OperatorReply reply = deployment.operator().ask(new SilenceRequest.All(), "");
      if (!reply.success()) {
        troubles.add(reply.note().orElse("The silences cannot be read."));
      }
      return reply.results().stream().map(OperatorReply.Result::object).toList();
    } catch (Unavailable e) {
      troubles.add("The silences cannot be read: " + e.getMessage());
      return List.of();
    }
  }

  private Reply playbooks() {
    Snapshot snapshot = snapshots.current();
    PlaybookList page;
    try {
      page =
          PlaybookList.of(
              deployment.policy().playbooks().get(),
              deployment.policy().source(),
              snapshot,
              snapshots.budgets());
    } catch (PolicyException e) {
      page = PlaybookList.unreadable("The policy has an error: " + e.errors().getFirst());
    }
    return Reply.html(
        200,
        pages.of(
            "playbooks",
            Frame.of(
                "Playbooks",
                Optional.of(Tab.PLAYBOOKS),
                deployment.name(),
                snapshot,
                flash.get(),
                visitor(),
                Optional.empty()),
            page));
  }

  private Reply sensors() {
    Snapshot snapshot = snapshots.current();
    SensorList page =
        SensorList.of(Snapshots.answer(deployment, new OperatorRequest.Sensors()), snapshot.at());
    return Reply.html(
        200,
        pages.of(
            "sensors",
            Frame.of(
                "Sensors",
                Optional.of(Tab.SENSORS),
                deployment.name(),
                snapshot,
                flash.get(),
                visitor(),
                Optional.empty()),
            page));
  }

  private Reply ask(Map<String, String> query) {
    Optional<Verb> verb = Verb.named(query.getOrDefault("verb", ""));
    String id = query.getOrDefault("id", "");
    return verb.isEmpty() || (id.isEmpty() && !verb.get().isAboutAll())
        ? notFound("There is no such command.")
        : confirm(
            200,
            new Confirm(
                verb.get(),
                id,
                about(verb.get(), id),
                query.getOrDefault("incident", ""),
                "",
                "",
                Optional.empty()));
  }

  /** What accepting a deviation of an incident would change. It changes nothing. */
  private Reply accept(Map<String, String> query, boolean asFile) {
    String id = query.getOrDefault("id", "");
    String text = query.getOrDefault("entry", "");
    Optional<IncidentRecord> record;
    try {
      record = id.isEmpty() ? Optional.empty() : deployment.incidents().find(id);
    } catch (Unavailable e) {
      return notice(503, "Not available", "The incident cannot be read: " + e.getMessage());
    }
    // Only entries that an alert of this incident named: a link from elsewhere shows nothing.
    Optional<AcceptableEntry> entry =
        record.filter(IncidentRecord::isListed).stream()
            .flatMap(one -> one.problems().values().stream())
            .flatMap(problem -> problem.acceptable().stream())
            .filter(one -> one.text().equals(text))
            .findFirst();
    if (entry.isEmpty()) {
      return notFound("No incident with that id has this deviation.");
    }
    DeviationPatch patch = deployment.policy().patches().apply(entry.get());
    if (asFile) {
      return patch.trouble().isPresent()
          ? notice(404, "No patch", patch.trouble().get())
          : Reply.file("accept.patch", patch.patch());
    }
    return Reply.html(
        200,
        pages.of(
            "accept",
            Frame.of(
                "Accept in the model",
                Optional.of(Tab.INCIDENTS),
                deployment.name(),
                snapshots.current(),
                flash.get(),
                visitor(),
                Optional.empty()),
            Acceptance.of(patch, id, deployment.policy().source())));
  }

  Reply post(Request request) throws IOException {
    if (!gate.isFromThePages(request)) {
      return Reply.text(403, "The form comes from another origin.");
    }
    Optional<Map<String, String>> form = request.form();
    if (form.isEmpty()) {
      return Reply.text(413, "The form is too long.");
    }
    if (!Gate.hasToken(session, form.get())) {
      return notice(
          403,
          "Not allowed",
          "The form has no valid token. Go back, reload the page and try again.");
    }
    if (request.path().equals("/leave")) {
      return leave();
    }
    Optional<Verb> verb = Verb.named(form.get().getOrDefault("verb", ""));
    if (!request.path().equals("/do") || verb.isEmpty()) {
      return notFound("There is no such command.");
    }
    return give(verb.get(), form.get());
  }

  private Reply leave() {
    gate.leave(session);
    return Reply.html(
            200,
            pages.plain(
                new Notice(
                    "Signed out",
                    "The session has ended. Run cattleguard board again to sign in.")))
        .with("Set-Cookie", gate.noCookie());
  }

  private Reply give(Verb verb, Map<String, String> form) {
    String id = form.getOrDefault("id", "");
    Confirm asked =
        new Confirm(
            verb,
            id,
            about(verb, id),
            form.getOrDefault("incident", ""),
            form.getOrDefault("reason", ""),
            form.getOrDefault("time", ""),
            Optional.empty());
    Orders.Outcome outcome = orders.give(asked, session.person());
    Snapshot unused = snapshots.renewed();
    if (!outcome.success()) {
      return confirm(409, asked.with(outcome.text()));
    }
    session.show(new Frame.Flash(true, outcome.text()));
    return Reply.redirect(asked.back());
  }

  /** The object of a command, in the deployment's words; empty if it is not known. */
  private String about(Verb verb, String id) {
    Snapshot snapshot = snapshots.current();
    return switch (verb) {
      case UNDO, EXTEND ->
          Live.of(snapshot).held().stream()
              .filter(one -> one.id().equals(id))
              .map(
                  one ->
                      one.action()
                          + " on "
                          + one.object()
                          + ", lease until "
                          + one.until()
                          + " UTC")
              .findFirst()
              .orElse(
                  snapshot
                      .containments()
                      .trouble()
                      .map(trouble -> "Containment " + id + ". " + trouble)
                      .orElse("Containment " + id + ", which is not in force now."));
      case APPROVE, REJECT ->
          Live.of(snapshot).waiting().stream()
              .filter(one -> one.id().equals(id))
              .map(
                  one ->
                      one.action()
                          + " on "
                          + one.object()
                          + ", playbook "
                          + one.playbook()
                          + ", until "
                          + one.until()
                          + " UTC")
              .findFirst()
              .orElse(
                  snapshot
                      .approvals()
                      .trouble()
                      .map(trouble -> "Approval " + id + ". " + trouble)
                      .orElse("Approval " + id + ", which is not pending now."));
      case SILENCE -> "Problem " + id + orders.preview(id, session.person());
      case UNSILENCE -> "Silence " + id;
      case STOP, RESUME -> "All responses of " + deployment.name() + ".";
    };
  }

  private Reply confirm(int status, Confirm page) {
    return Reply.html(
        status,
        pages.of(
            "confirm",
            Frame.of(
                page.verb().button(),
                Optional.empty(),
                deployment.name(),
                snapshots.current(),
                Optional.empty(),
                visitor(),
                Optional.empty()),
            page));
  }

  private Reply notFound(String why) {
    return notice(404, "Not found", why);
  }

  private Reply notice(int status, String title, String text) {
    return notice(status, new Notice(title, text));
  }

  private Reply notice(int status, Notice notice) {
    return Reply.html(
        status,
        pages.of(
            "notice",
            Frame.of(
                notice.title(),
                Optional.empty(),
                deployment.name(),
                snapshots.current(),
                Optional.empty(),
                visitor(),
                Optional.empty()),
            notice));
  }

  private Frame frame(String title, Optional<Tab> tab, Snapshot snapshot, String address) {
    return Frame.of(
        title, tab, deployment.name(), snapshot, flash.get(), visitor(), Optional.of(address));
  }

  private Frame.Visitor visitor() {
    return new Frame.Visitor(session.person().inWords(), session.csrf());
  }
}
