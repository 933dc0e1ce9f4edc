package io.cattleguard.sensor.http;

import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.intake.Sender;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.spool.SpoolUnavailable;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads bodies and has their alerts stored. A body with many alerts is read in pieces, each stored
 * before the next is read, so that memory holds one piece. Used only by the thread that serves
 * connections.
 */
final class HttpReading {
  /** Larger bodies are read one after another. */
  private static final int SMALL = 16 << 10;

  private final Intake intake;
  private final HttpCommits commits;
  private final HttpCommits.Later later;
  private final HttpBacklog backlog;
  private final HttpClients clients;
  private final SensorMetrics metrics;
  private final InstantSource clock;

  HttpReading(
      Intake intake,
      HttpCommits commits,
      HttpCommits.Later later,
      HttpClients clients,
      SensorMetrics metrics,
      InstantSource clock) {
    this.intake = intake;
    this.commits = commits;
    this.later = later;
    this.backlog = new HttpBacklog(later);
    this.clients = clients;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** Receives, once, how a body was answered. */
  interface Answered {
    void is(HttpResponseStatus status, String sentence);
  }

  /**
   * Reads a body at once, if it is small.
   *
   * @return whether it was; otherwise nothing happened
   */
  boolean readSmall(String body, Sender sender, Answered answered) {
    if (body.length() > SMALL) {
      return false;
    }
    Iterator<Intake.Reception> pieces = intake.pieces(body, clock.instant(), sender);
    if (!pieces.hasNext()) {
      answered.is(
          HttpResponseStatus.BAD_REQUEST,
          "the body is empty; POST one JSON alert, or an array of alerts");
      return true;
    }
    Intake.Reception all = pieces.next();
    if (pieces.hasNext()) {
      return false;
    }
    store(
        all,
        () -> kept(all, all.observations().size(), all.unreadable(), all.complaint(), answered),
        unavailable -> notKept(unavailable, answered));
    return true;
  }

  /** Whether heartbeats are forwarded. */
  boolean takesHeartbeats() {
    return intake.takesHeartbeats();
  }

  /** Reads the heartbeat of a sensor. It is not stored on disk. */
  void readHeartbeat(String body, Sender sender, Answered answered) {
    Optional<String> objection =
        body.length() > SMALL
            ? Optional.of("it is larger than " + SMALL + " characters")
            : intake.heartbeat(body, clock.instant(), sender);
    if (objection.isEmpty()) {
      answered.is(HttpResponseStatus.OK, "");
    } else {
      metrics.rejected("malformed");
      answered.is(HttpResponseStatus.BAD_REQUEST, "not a heartbeat: " + objection.get());
    }
  }

  /** Reads a body once the large ones before it are read. */
  void readLarge(HttpBody body, Sender sender, Answered answered) {
    if (!clients.mayRead(body.capacity())) {
      metrics.rejected("overloaded");
      answered.is(
          HttpResponseStatus.SERVICE_UNAVAILABLE,
          "not stored: too many large bodies at once; retry, or send smaller ones");
      return;
    }
    backlog.add(new Turn(body, sender, answered));
  }

  /** Keeps the observations, where there are any. */
  private void store(Intake.Reception piece, Runnable kept, Consumer<SpoolUnavailable> notKept) {
    if (piece.observations().isEmpty()) {
      kept.run();
    } else {
      commits.add(piece.observations(), kept, notKept);
    }
  }

  private void kept(
      Intake.Reception last,
      int events,
      int unreadable,
      Optional<String> complaint,
      Answered answered) {
    metrics.received("http", last);
    boolean allBroken = !last.packed() && unreadable > 0 && unreadable == events;
    answered.is(
        allBroken ? HttpResponseStatus.BAD_REQUEST : HttpResponseStatus.OK,
        unreadable == 0
            ? ""
            : "stored and forwarded unchanged, but "
                + unreadable
                + (unreadable == 1
                    ? " event is unreadable: "
                    : " events are unreadable, the first: ")
                + complaint.orElse(""));
  }

  private void notKept(SpoolUnavailable unavailable, Answered answered) {
    metrics.rejected("spool_unavailable");
    answered.is(
        HttpResponseStatus.SERVICE_UNAVAILABLE,
        "not stored: " + unavailable.getMessage() + "; retry");
  }

  /** The reading of one large body. */
  private final class Turn implements Runnable {
    private final Sender sender;
    private final Answered answered;
    private final int bytes;
    private Optional<HttpBody> body;
    private Iterator<Intake.Reception> pieces = Collections.emptyIterator();
    private int events;
    private int unreadable;
    private Optional<String> complaint = Optional.empty();

    private Turn(HttpBody body, Sender sender, Answered answered) {
      this.body = Optional.of(body);
      this.bytes = body.capacity();
      this.sender = sender;
      this.answered = answered;
    }

    @Override
    public void run() {
      try {
        if (body.isPresent()) {
          String text = body.get().text();
          body = Optional.empty();
          pieces = intake.pieces(text, clock.instant(), sender);
        }
        next();
      } catch (RuntimeException | StackOverflowError e) {
        end();
        metrics.rejected("malformed");
        answered.is(
            HttpResponseStatus.INTERNAL_SERVER_ERROR,
            "not stored: unexpected error (a bug): " + e.getClass().getName());
      }
    }

    private void next() {
      if (!pieces.hasNext()) {
        end();
        answered.is(
            HttpResponseStatus.BAD_REQUEST,
            "the body is empty; POST one JSON alert, or an array of alerts");
        return;
      }
      Intake.Reception piece = pieces.next();
      events += piece.observations().size();
      unreadable += piece.unreadable();
      complaint = complaint.or(piece::complaint);
      if (pieces.hasNext()) {
        store(
            piece,
            () -> {
              metrics.received("http", piece);
              later.run(this, false);
            },
            unavailable -> {
              end();
              notKept(unavailable, answered);
            });
      } else {
        end();
        store(
            piece,
            () -> kept(piece, events, unreadable, complaint, answered),
            unavailable -> notKept(unavailable, answered));
      }
    }

    /** The body is read, so the next one may be. */
    private void end() {
      pieces = Collections.emptyIterator();
      clients.wasRead(bytes);
      backlog.done();
    }
  }
}
