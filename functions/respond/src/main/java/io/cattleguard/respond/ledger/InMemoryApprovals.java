package io.cattleguard.respond.ledger;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Questions in memory, for one process. */
final class InMemoryApprovals implements Approvals {
  private final Map<Ledger.Key, Approval> latest = new LinkedHashMap<>();

  @Override
  public synchronized Approval ask(Approval question) {
    Approval before = latest.get(question.key());
    if (before != null && (before.isOpen() || before.isAskedLike(question))) {
      return before;
    }
    latest.remove(question.key());
    latest.put(question.key(), question);
    return question;
  }

  @Override
  public synchronized Optional<Approval> about(Ledger.Key key) {
    return Optional.ofNullable(latest.get(key));
  }

  @Override
  public synchronized Optional<Approval> named(String id) {
    return latest.values().stream().filter(one -> one.id().equals(id)).findFirst();
  }

  @Override
  public synchronized Optional<Approval> change(String id, UnaryOperator<Approval> change) {
    Optional<Approval> changed = named(id).map(change);
    changed.ifPresent(one -> latest.put(one.key(), one));
    return changed;
  }

  @Override
  public synchronized List<Approval> open() {
    return latest.values().stream().filter(Approval::isOpen).toList();
  }
}
