package io.cattleguard.respond.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Questions in a table: one item per action and object, one per id that names its object, and an
 * index of the open ones.
 */
final class StoredApprovals implements Approvals {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String INDEX = "open-approvals";

  /** In bytes; a DynamoDB item holds 400 KB. */
  private static final int LARGEST_INDEX = 300_000;

  private final LedgerItems items;
  private final String prefix;
  private volatile List<String> unreadable = List.of();

  StoredApprovals(LedgerItems items, String prefix) {
    this.items = items;
    this.prefix = prefix;
  }

  /** The index comes first, so that no open question is ever missing in it. */
  @Override
  public Approval ask(Approval question) {
    String pk = pk(question.key());
    for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
      Optional<State> stored = items.read(pk);
      Optional<Approval> before = stored.map(StoredApprovals::read);
      if (before.filter(one -> one.isOpen() || one.isAskedLike(question)).isPresent()) {
        if (before.get().isOpen()) {
          list(before.get(), Optional.empty());
        }
        return before.get();
      }
      list(question, before);
      ObjectNode named = JSON.createObjectNode();
      named.put("action", question.key().action()).put("uid", question.key().uid());
      items.overwrite(namePk(question.id()), named, question.until());
      if (items.store(pk, stored, write(question), question.until())) {
        return question;
      }
    }
    throw tooMany(pk);
  }

  @Override
  public Optional<Approval> about(Ledger.Key key) {
    return items.read(pk(key)).map(StoredApprovals::read);
  }

  @Override
  public Optional<Approval> named(String id) {
    return key(id).flatMap(this::about).filter(one -> one.id().equals(id));
  }

  private Optional<Ledger.Key> key(String id) {
    return items.read(namePk(id)).map(StoredApprovals::namedKey);
  }

  private static Ledger.Key namedKey(State named) {
    JsonNode in = LedgerJson.json(named);
    return new Ledger.Key(in.path("action").asText(), in.path("uid").asText());
  }

  @Override
  public Optional<Approval> change(String id, UnaryOperator<Approval> change) {
    Optional<Ledger.Key> key = key(id);
    if (key.isEmpty()) {
      return Optional.empty();
    }
    String pk = pk(key.get());
    for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
      Optional<State> stored = items.read(pk);
      Optional<Approval> before =
          stored.map(StoredApprovals::read).filter(one -> one.id().equals(id));
      if (before.isEmpty()) {
        return Optional.empty();
      }
      Approval next = change.apply(before.get());
      if (next.equals(before.get()) || items.store(pk, stored, write(next), next.until())) {
        return Optional.of(next);
      }
    }
    throw tooMany(pk);
  }

  /**
   * Removes entries whose own question has ended. Any other entry stays, because its process may
   * store the question a moment later, or when the alert is delivered again.
   */
  @Override
  public List<Approval> open() {
    List<Approval> open = new ArrayList<>();
    List<String> ended = new ArrayList<>();
    List<String> bad = new ArrayList<>();
    for (String id : listed()) {
      Optional<Ledger.Key> key =
          parsed(items.read(namePk(id)), StoredApprovals::namedKey, () -> bad.add(id));
      Optional<Approval> own =
          parsed(key.flatMap(one -> items.read(pk(one))), StoredApprovals::read, () -> bad.add(id))
              .filter(one -> one.id().equals(id));
      own.filter(Approval::isOpen).ifPresent(open::add);
      own.filter(Approval::ended).ifPresent(one -> ended.add(id));
    }
    unreadable = List.copyOf(bad);
    if (!ended.isEmpty()) {
      changeIndex(all -> ended.forEach(all::remove));
    }
    open.sort(Comparator.comparing(Approval::askedAt));
    return open;
  }

  /** A question that this version cannot read must not hide the others. */
  private static <T> Optional<T> parsed(
      Optional<State> stored, Function<State, T> reader, Runnable unreadable) {
    try {
      return stored.map(reader);
    } catch (RuntimeException e) {
      unreadable.run();
      return Optional.empty();
    }
  }

  @Override
  public List<String> unreadable() {
    return unreadable;
  }

  private List<String> listed() {
    List<String> ids = new ArrayList<>();
    items
        .read(prefix + INDEX)
        .ifPresent(
            index -> LedgerJson.json(index).path("open").fieldNames().forEachRemaining(ids::add));
    return ids;
  }

  /** Also removes the question that this one replaces, and those that the table has deleted. */
  private void list(Approval question, Optional<Approval> replaced) {
    Containments.register(items, prefix);
    Instant deleted = question.askedAt().minus(LedgerItems.KEPT).minus(Duration.ofDays(1));
    changeIndex(
        open -> {
          replaced.ifPresent(one -> open.remove(one.id()));
          open.properties()
              .removeIf(one -> Instant.parse(one.getValue().asText()).isBefore(deleted));
          if (!open.has(question.id()) && open.toString().length() > LARGEST_INDEX) {
            throw new Unavailable("too many actions wait for approval");
          }
          open.put(question.id(), question.until().toString());
        });
  }

  private void changeIndex(Consumer<ObjectNode> change) {
    for (int attempt = 0; attempt < LedgerItems.ATTEMPTS; attempt++) {
      Optional<State> before = items.read(prefix + INDEX);
      ObjectNode next =
          before.isPresent() && LedgerJson.json(before.get()) instanceof ObjectNode index
              ? index.deepCopy()
              : JSON.createObjectNode();
      String stored = next.toString();
      change.accept(next.withObjectProperty("open"));
      if (next.toString().equals(stored)
          || items.store(prefix + INDEX, before, next, Instant.MAX)) {
        return;
      }
    }
    throw tooMany(prefix + INDEX);
  }

  private String pk(Ledger.Key key) {
    return prefix + "approval/" + key.action() + "/" + key.uid();
  }

  private String namePk(String id) {
    return prefix + "approval-id/" + id;
  }

  private static Unavailable tooMany(String pk) {
    return new Unavailable("too many concurrent writes to " + pk);
  }

  private static ObjectNode write(Approval approval) {
    ObjectNode out = JSON.createObjectNode();
    out.put("id", approval.id());
    out.put("action", approval.key().action()).put("uid", approval.key().uid());
    out.put("target", approval.target());
    out.put("playbook", approval.playbook());
    out.put("alertId", approval.alertId());
    out.put("askedAt", approval.askedAt().toString());
    out.put("until", approval.until().toString());
    out.put("actsByDefault", approval.actsByDefault());
    approval.guards().forEach(out.putArray("guards")::add);
    out.put("state", approval.state().name().toLowerCase(Locale.ROOT));
    approval
        .decision()
        .ifPresent(
            how -> {
              ObjectNode decision = out.putObject("decision");
              decision.put("command", how.commandId()).put("by", how.by());
              decision.put("why", how.why()).put("at", how.at().toString());
            });
    out.put("ended", approval.ended());
    out.put("scored", approval.scoredJson());
    return out;
  }

  private static Approval read(State state) {
    JsonNode in = LedgerJson.json(state);
    JsonNode how = in.path("decision");
    return new Approval(
        in.path("id").asText(),
        new Ledger.Key(in.path("action").asText(), in.path("uid").asText()),
        in.path("target").asText(),
        in.path("playbook").asText(),
        in.path("alertId").asText(),
        Instant.parse(in.path("askedAt").asText()),
        Instant.parse(in.path("until").asText()),
        in.path("actsByDefault").asBoolean(),
        LedgerJson.texts(in.path("guards")),
        Approval.State.valueOf(in.path("state").asText().toUpperCase(Locale.ROOT)),
        how.isObject()
            ? Optional.of(
                new Approval.Decision(
                    how.path("command").asText(),
                    how.path("by").asText(),
                    how.path("why").asText(),
                    Instant.parse(how.path("at").asText())))
            : Optional.empty(),
        in.path("ended").asBoolean(),
        in.path("scored").asText());
  }
}
