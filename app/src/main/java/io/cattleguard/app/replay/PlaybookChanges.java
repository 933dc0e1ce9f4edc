package io.cattleguard.app.replay;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The differences between the playbooks of two policies, and between their settings. A recording
 * shows only what the playbooks do with its events, so these are compared as well.
 */
final class PlaybookChanges {
  private PlaybookChanges() {}

  /**
   * One difference.
   *
   * @param subject {@code playbook NAME} or {@code settings.yaml}
   * @param enforces whether actions are taken with it and were not before, or not in this way
   * @param enforced whether actions were taken before, and are not now, or not in this way
   */
  record Change(String subject, String words, boolean enforces, boolean enforced) {}

  static List<Change> between(Policy before, Policy after) {
    Map<String, Playbook> old = byName(before);
    Map<String, Playbook> now = byName(after);
    TreeSet<String> names = new TreeSet<>(old.keySet());
    names.addAll(now.keySet());
    List<Change> changes = new ArrayList<>();
    for (String name : names) {
      compare(name, old.get(name), now.get(name), changes);
    }
    compare(before.playbooks().limits(), after.playbooks().limits(), old, now, changes);
    return changes;
  }

  private static Map<String, Playbook> byName(Policy policy) {
    return policy.playbooks().all().stream()
        .collect(Collectors.toMap(Playbook::name, one -> one, (one, other) -> one, TreeMap::new));
  }

  private static void compare(
      String name, @Nullable Playbook old, @Nullable Playbook now, List<Change> changes) {
    boolean enforced = acts(old);
    boolean enforces = acts(now);
    String subject = "playbook " + name;
    if (old == null || now == null) {
      String words = old == null ? "added, mode " + mode(now) : "removed, mode was " + mode(old);
      changes.add(new Change(subject, words, enforces, enforced));
      return;
    }
    List<String> words = new ArrayList<>();
    compare("mode", mode(old), mode(now), words);
    compare("when", old.when(), now.when(), words);
    compare("steps", old.steps(), now.steps(), words);
    compare("freshness", old.freshness(), now.freshness(), words);
    compare("budget", old.budget(), now.budget(), words);
    compare("then", old.then(), now.then(), words);
    boolean asksOtherwise = now.mode() == Mode.APPROVE && !old.approval().equals(now.approval());
    compare("approval", old.approval(), now.approval(), words);
    if (!words.isEmpty()) {
      changes.add(
          new Change(subject, String.join("; ", words), enforces || asksOtherwise, enforced));
    }
  }

  /** Whether actions are taken although no person has approved them. */
  static boolean acts(@Nullable Playbook playbook) {
    return playbook != null
        && (playbook.mode() == Mode.ENFORCE
            || (playbook.mode() == Mode.APPROVE && playbook.approval().actsByDefault()));
  }

  private static String mode(@Nullable Playbook playbook) {
    return playbook == null ? "" : playbook.modes().inWords();
  }

  private static void compare(String what, Object old, Object now, List<String> words) {
    String was = old.toString();
    String is = now.toString();
    if (!was.equals(is)) {
      words.add(what.equals("mode") ? what + " " + was + " -> " + is : what + " differs");
    }
  }

  private static void compare(
      Limits old,
      Limits now,
      Map<String, Playbook> before,
      Map<String, Playbook> after,
      List<Change> changes) {
    List<String> words = new ArrayList<>();
    TreeSet<String> without = new TreeSet<>(old.protectedNamespaces());
    without.removeAll(now.protectedNamespaces());
    TreeSet<String> with = new TreeSet<>(now.protectedNamespaces());
    with.removeAll(old.protectedNamespaces());
    if (!without.isEmpty()) {
      words.add("protected no more: " + String.join(", ", without));
    }
    if (!with.isEmpty()) {
      words.add("protected now: " + String.join(", ", with));
    }
    if (!old.hourly().equals(now.hourly())) {
      words.add("hourly-caps differ");
    }
    compare("repeat-offender", old.repeatOffender(), now.repeatOffender(), words);
    compare("circuit-breaker", old.circuitBreaker(), now.circuitBreaker(), words);
    if (!old.networkPolicy().equals(now.networkPolicy())) {
      words.add("network-policy differs");
    }
    if (!old.neverDeny().equals(now.neverDeny())) {
      words.add("never-deny differs");
    }
    if (!old.operators().allowed().equals(now.operators().allowed())) {
      words.add("operators differ");
    }
    if (!words.isEmpty()) {
      changes.add(
          new Change(
              "settings.yaml", String.join("; ", words), anyEnforces(after), anyEnforces(before)));
    }
  }

  /** Whether the settings matter to an action that is taken, or that people may approve. */
  private static boolean anyEnforces(Map<String, Playbook> playbooks) {
    return playbooks.values().stream().anyMatch(one -> one.mode() != Mode.OBSERVE);
  }
}
