package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.ConcurrencyLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A simulated service for tests of the common behaviour of actions: boxes that can be locked. */
final class Vault {
  final Set<String> boxes = new TreeSet<>(Set.of("b1", "b2"));
  final Set<String> locked = new TreeSet<>();
  final Set<String> burnt = new TreeSet<>();

  /** The UIDs of boxes that have replaced others of the same name. */
  final Map<String, String> replaced = new TreeMap<>();

  /** The nodes of boxes. */
  final Map<String, String> nodes = new TreeMap<>();

  /** The reads and changes, in order. */
  final List<String> calls = new ArrayList<>();

  /** The limits for locking. */
  final List<ConcurrencyLimit> limits = new ArrayList<>();

  /** The number of reads that do not show a change yet. */
  int slow;

  /** What happens between the reading and the writing of a check that locks again. */
  Optional<Runnable> relock = Optional.empty();

  /** What happens while a check looks. */
  Runnable verified = () -> {};

  boolean away;

  /** The boxes that cannot be read, while others can. */
  final Set<String> unreadable = new TreeSet<>();

  /** Whether locking fails. */
  boolean jammed;

  /** How many calls to lock get no response. */
  int unanswered;

  /** Whether locking takes effect although the call gets no response. */
  boolean worksUnanswered;

  /** Whether locking throws an unexpected exception. */
  boolean broken;

  /** Whether a lock closes only in part, so that it fails and has to be undone. */
  boolean partly;

  /** Whether a lock that was not seen to close has to be undone. */
  boolean leasesUnseen;

  /** Whether unlocking fails. */
  boolean stuck;

  /** How many reads do not show an accepted unlocking. */
  int unseen;

  /** What happens while a call waits for its response. */
  Runnable waiting = () -> {};

  void ask(String call) {
    calls.add(call);
    waiting.run();
    if (away) {
      throw new Unavailable("the vault is away");
    }
  }
}
