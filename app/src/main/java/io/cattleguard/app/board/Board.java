package io.cattleguard.app.board;

import io.cattleguard.app.board.page.Frame;
import io.cattleguard.app.board.page.Notice;
import io.cattleguard.app.board.page.Overview;
import io.cattleguard.app.board.page.Period;
import io.cattleguard.app.board.page.Snapshot;
import io.cattleguard.app.board.page.Tab;
import io.cattleguard.edge.policy.PolicyException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Optional;

/** Answers browsers' requests, and passes those with a session to the pages. */
final class Board {
  private final ShownDeployment deployment;
  private final Gate gate;
  private final Snapshots snapshots;
  private final Orders orders;
  private final KeptEvidence evidence;
  private final Pages pages = new Pages();
  private final Assets assets = new Assets();

  Board(ShownDeployment deployment, Gate gate, InstantSource clock) {
    this.deployment = deployment;
    this.gate = gate;
    this.snapshots = new Snapshots(deployment, clock);
    this.orders = new Orders(deployment, clock);
    this.evidence = new KeptEvidence(deployment.evidence(), clock);
  }

  /** Creates the reader of what the pages show, and preloads what the first page needs. */
  void warmUp() {
    Snapshot snapshot = snapshots.current();
    try {
      var unused = deployment.policy().playbooks().get();
    } catch (PolicyException e) {
      // The page says so.
    }
    String unused =
        pages.of(
            "overview",
            Frame.of(
                "Overview",
                Optional.of(Tab.OVERVIEW),
                deployment.name(),
                snapshot,
                Optional.empty(),
                new Frame.Visitor("", ""),
                Optional.of("/")),
            Overview.of(snapshot, Period.DAY));
  }

  Reply answer(Request request) throws IOException {
    if (!gate.isForThisHost(request)) {
      return Reply.text(
          403,
          "The board does not answer requests for this host name: use 127.0.0.1 or localhost.");
    }
    boolean isRead = request.method().equals("GET") || request.method().equals("HEAD");
    if (!isRead && !request.method().equals("POST")) {
      return notAllowed("GET, HEAD, POST");
    }
    Optional<Reply> asset = isRead ? assets.find(request.path()) : Optional.empty();
    if (asset.isPresent()) {
      return asset.get();
    }
    if (isRead && request.path().equals("/enter")) {
      // What only looks at an address, such as a preview of links, must not use its token up.
      return request.method().equals("GET") ? enter(request) : notAllowed("GET");
    }
    Optional<Session> session = gate.session(request);
    if (session.isEmpty()) {
      return notEntered();
    }
    Visit visit =
        new Visit(
            new Visit.Parts(deployment, snapshots, orders, evidence, pages),
            gate,
            session.get(),
            showsAll(request));
    return isRead ? visit.page(request) : visit.post(request);
  }

  /** The refresh of a page shows only what is live, and a HEAD request nothing. */
  private static boolean showsAll(Request request) {
    return !request.method().equals("HEAD") && request.header("HX-Request").isEmpty();
  }

  private static Reply notAllowed(String methods) {
    return Reply.text(405, "Use one of: " + methods + ".").with("Allow", methods);
  }

  private Reply enter(Request request) {
    Optional<Session> entered = gate.enter(request.query().getOrDefault("token", ""));
    String first = first(request.query().getOrDefault("incident", ""));
    if (entered.isPresent()) {
      return Reply.redirect(first).with("Set-Cookie", gate.cookie(entered.get()));
    }
    return gate.session(request).isPresent() ? Reply.redirect(first) : notEntered();
  }

  /** The start page: that of an incident, or the overview. */
  private static String first(String incident) {
    return incident.isEmpty()
        ? "/"
        : "/incident?id=" + URLEncoder.encode(incident, StandardCharsets.UTF_8);
  }

  private Reply notEntered() {
    return Reply.html(
        401,
        pages.plain(
            new Notice(
                "Not signed in",
                "Open the address that cattleguard board prints. It works once, in one browser and"
                    + " within "
                    + Gate.INVITED.toMinutes()
                    + " minutes; run cattleguard board again for another one.")));
  }
}
