package io.cattleguard.respond.aws.blocklist;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.network.Network.Change;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Simulated lists for tests. */
public final class InMemoryBlocklists implements Blocklists {
  private final Map<ListArn, Blocklist> lists = new LinkedHashMap<>();
  private final Map<ListArn, Uses> uses = new LinkedHashMap<>();
  private final Map<Cidr, String> own = new LinkedHashMap<>();
  private int versions;

  /** Creates an account without lists. */
  public InMemoryBlocklists() {}

  /** Adds a list, or replaces it. It has a new version. */
  public synchronized void have(Blocklist list, Uses of) {
    uses.put(list.arn(), of);
    change(list, entries -> entries);
  }

  /** Adds networks of the account's own. */
  public synchronized void own(Cidr network, String why) {
    own.put(network, why);
  }

  /** Removes a list. */
  public synchronized void delete(ListArn arn) {
    lists.remove(arn);
  }

  private void change(Blocklist list, UnaryOperator<List<Blocklist.Entry>> entries) {
    lists.put(
        list.arn(),
        new Blocklist(
            list.arn(),
            list.isIpv4(),
            entries.apply(new ArrayList<>(list.entries())),
            list.capacity(),
            String.valueOf(++versions)));
  }

  @Override
  public synchronized Optional<Blocklist> list(ListArn arn) {
    return Optional.ofNullable(lists.get(arn));
  }

  @Override
  public synchronized Uses uses(ListArn arn, Cidr network) {
    return uses.getOrDefault(arn, new Uses(List.of(), List.of()));
  }

  @Override
  public synchronized Optional<String> own(Cidr network) {
    return own.entrySet().stream()
        .filter(one -> one.getKey().overlaps(network))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  @Override
  public synchronized Change add(Blocklist read, Cidr network, String note) {
    if (read.entries().size() >= read.capacity()) {
      return new Change.Denied("the list is full");
    }
    String kept = read.arn().isIpSet() ? "" : note;
    return changed(
        read,
        entries -> {
          entries.removeIf(one -> one.network().equals(network));
          entries.add(new Blocklist.Entry(network, kept));
          return entries;
        });
  }

  @Override
  public synchronized Change remove(Blocklist read, Cidr network) {
    return changed(
        read,
        entries -> {
          entries.removeIf(one -> one.network().equals(network));
          return entries;
        });
  }

  private Change changed(Blocklist read, UnaryOperator<List<Blocklist.Entry>> entries) {
    Optional<Blocklist> is = list(read.arn());
    if (is.isEmpty()) {
      return new Change.Gone();
    }
    if (!is.get().version().equals(read.version())) {
      throw new Unavailable(read.arn().inWords() + " was changed meanwhile");
    }
    change(is.get(), entries);
    return new Change.Made();
  }
}
