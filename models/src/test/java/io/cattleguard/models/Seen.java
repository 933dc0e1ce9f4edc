package io.cattleguard.models;

import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.Entry.WrittenFile;
import java.time.Duration;
import java.time.Instant;

/** Observations of one workload, for tests. */
final class Seen {
  static final Workload WEB = new Workload("prod", "shop", "Deployment", "web", "nginx");
  static final Instant START = Instant.parse("2026-03-02T09:00:00Z");

  private Seen() {}

  static Observation program(String start, String path, String parent) {
    return of(WEB, new Executable(path, parent), start, Phase.RUNNING, START);
  }

  static Observation of(Entry entry, String start) {
    return of(WEB, entry, start, Phase.RUNNING, START);
  }

  static Observation of(Workload workload, Entry entry, String start, Phase phase, Instant at) {
    return new Observation(
        workload, entry, phase, at, "web-" + start, start, "nginx", "sha256:aa", 1);
  }

  static Observation later(Observation seen, Duration by) {
    return new Observation(
        seen.workload(),
        seen.entry(),
        seen.phase(),
        seen.at().plus(by),
        seen.instance(),
        seen.start(),
        seen.image(),
        seen.digest(),
        seen.count());
  }

  static Observation in(Observation seen, Phase phase) {
    return new Observation(
        seen.workload(),
        seen.entry(),
        phase,
        seen.at(),
        seen.instance(),
        seen.start(),
        seen.image(),
        seen.digest(),
        seen.count());
  }

  static Observation withDigest(Observation seen, String digest) {
    return new Observation(
        seen.workload(),
        seen.entry(),
        seen.phase(),
        seen.at(),
        seen.instance(),
        seen.start(),
        seen.image(),
        digest,
        seen.count());
  }

  static Model learned(Observation... observations) {
    Learner learner = new Learner(Limits.DEFAULT);
    for (Observation one : observations) {
      learner.observe(one);
    }
    return learner.model(WEB).orElseThrow();
  }

  /** A server that two starts of its container have shown. */
  static Model web() {
    return learned(
            program("a", "/usr/sbin/nginx", "/bin/sh"),
            program("b", "/usr/sbin/nginx", "/bin/sh"),
            of(new Listener("tcp", 8080), "a"),
            of(new Listener("tcp", 8080), "b"),
            of(new Peer(PeerKind.NETWORK, "private", 5432), "a"),
            of(new Peer(PeerKind.NETWORK, "203.0.113.0/24", 443), "a"),
            of(new Peer(PeerKind.NETWORK, "203.0.113.0/24", 443), "b"),
            of(new WrittenFile("/var/cache/nginx/x"), "a"))
        .withMode(Mode.OBSERVING);
  }
}
