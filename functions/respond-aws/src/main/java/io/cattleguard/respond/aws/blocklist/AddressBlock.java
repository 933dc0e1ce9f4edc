package io.cattleguard.respond.aws.blocklist;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A network that is blocked in an account and region.
 *
 * @param network one address, or the network around it that the step blocks
 * @param lists to which the action adds it. A list that had it before is not among them
 */
public record AddressBlock(String account, String region, Cidr network, List<ListArn> lists)
    implements Subject {
  private static final String KIND = "address-block";
  private static final String NETWORK = "network";
  private static final String LISTS = "lists";

  /** Copies the list. */
  public AddressBlock {
    lists = List.copyOf(lists);
  }

  /** The same network in other lists. */
  public AddressBlock in(List<ListArn> others) {
    return new AddressBlock(account, region, network, others);
  }

  /** The same network in one more list. */
  public AddressBlock with(ListArn one) {
    List<ListArn> more = new ArrayList<>(lists);
    more.add(one);
    return in(more);
  }

  @Override
  public String uid() {
    return account + "/" + region + "/" + network.inWords();
  }

  @Override
  public String inWords() {
    return inWords(uid());
  }

  /** Describes a network of which an address is blocked. */
  public static String inWords(String uid) {
    String[] parts = uid.split("/", 3);
    return "network " + parts[2] + " (account " + parts[0] + ", " + parts[1] + ")";
  }

  @Override
  public String workload() {
    return uid();
  }

  @Override
  public String neighbourhood() {
    return account + "/addresses";
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode out =
        JsonNodeFactory.instance
            .objectNode()
            .put("kind", KIND)
            .put("account", account)
            .put("region", region)
            .put(NETWORK, network.inWords());
    ArrayNode arns = out.putArray(LISTS);
    lists.forEach(one -> arns.add(one.arn()));
    return out;
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws Unavailable if it is something else
   */
  public static AddressBlock read(JsonNode in) {
    Optional<Cidr> network = Cidr.parse(in.path(NETWORK).asText());
    if (!in.path("kind").asText().equals(KIND) || network.isEmpty()) {
      throw new Unavailable("the ledger item is not a blocked address");
    }
    List<ListArn> lists = new ArrayList<>();
    in.path(LISTS).forEach(one -> ListArn.read(one.asText()).ifPresent(lists::add));
    return new AddressBlock(
        in.path("account").asText(), in.path("region").asText(), network.get(), lists);
  }
}
