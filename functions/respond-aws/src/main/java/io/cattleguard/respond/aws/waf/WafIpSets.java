package io.cattleguard.respond.aws.waf;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.api.ApiCalls;
import io.cattleguard.respond.aws.api.Refused;
import io.cattleguard.respond.aws.blocklist.Blocklist;
import io.cattleguard.respond.aws.blocklist.Blocklists.Uses;
import io.cattleguard.respond.aws.blocklist.ListArn;
import io.cattleguard.respond.aws.network.Network.Change;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.wafv2.Wafv2Client;
import software.amazon.awssdk.services.wafv2.model.GetIpSetResponse;
import software.amazon.awssdk.services.wafv2.model.GetWebAclResponse;
import software.amazon.awssdk.services.wafv2.model.IPAddressVersion;
import software.amazon.awssdk.services.wafv2.model.IPSet;
import software.amazon.awssdk.services.wafv2.model.ListWebAcLsResponse;
import software.amazon.awssdk.services.wafv2.model.Scope;
import software.amazon.awssdk.services.wafv2.model.UpdateIpSetResponse;
import software.amazon.awssdk.services.wafv2.model.WebACLSummary;

/**
 * Regional IP sets of AWS WAF. UpdateIPSet replaces the whole list, if it was not changed since it
 * was read. The first call creates the client.
 */
final class WafIpSets {
  private static final AwsLimits LIMITS =
      new AwsLimits(4, Duration.ofSeconds(5), Duration.ofSeconds(15));

  /** AWS WAF's quota of addresses in an IP set. */
  private static final int CAPACITY = 10_000;

  /** AWS WAF's default quota of web ACLs in a region. */
  private static final int MOST_WEB_ACLS = 100;

  private static final String NOT_THERE = "WAFNonexistentItemException";
  private static final String CHANGED = "WAFOptimisticLockException";

  private final WebAclResources resources;
  private final Supplier<Wafv2Client> client;

  WafIpSets(AwsClients aws) {
    this(aws, LIMITS, WebAclResources.Time.REAL);
  }

  WafIpSets(AwsClients aws, AwsLimits limits, WebAclResources.Time time) {
    this.client = aws.onFirstUse("WAF", Wafv2Client::builder, limits);
    this.resources = new WebAclResources(client, time);
  }

  private GetIpSetResponse ask(ListArn arn) throws Refused {
    return ApiCalls.known(
        "WAF GetIPSet",
        () ->
            client
                .get()
                .getIPSet(
                    request ->
                        request.name(arn.name().orElse("")).id(arn.id()).scope(Scope.REGIONAL)),
        answer ->
            answer.lockToken() != null
                && answer.ipSet() != null
                && answer.ipSet().hasAddresses()
                && answer.ipSet().ipAddressVersion() != null
                && arn.arn().equals(answer.ipSet().arn()));
  }

  private Optional<GetIpSetResponse> get(ListArn arn) {
    try {
      return Optional.of(ask(arn));
    } catch (Refused e) {
      if (e.code().equals(NOT_THERE)) {
        return Optional.empty();
      }
      throw new Unavailable("AWS WAF rejected the call: " + e.code(), e);
    }
  }

  Optional<Blocklist> list(ListArn arn) {
    return get(arn)
        .map(
            answer -> {
              List<Blocklist.Entry> entries = new ArrayList<>();
              for (String address : answer.ipSet().addresses()) {
                entries.add(new Blocklist.Entry(network(arn, address), ""));
              }
              return new Blocklist(
                  arn,
                  answer.ipSet().ipAddressVersion() == IPAddressVersion.IPV4,
                  entries,
                  CAPACITY,
                  answer.lockToken());
            });
  }

  private static Cidr network(ListArn arn, String address) {
    return Cidr.parse(address)
        .orElseThrow(() -> new Unavailable(arn.inWords() + " has an entry that is no network"));
  }

  Change add(Blocklist read, Cidr network) {
    return update(read, network, true);
  }

  Change remove(Blocklist read, Cidr network) {
    return update(read, network, false);
  }

  /** The other entries stay as they are written, and the description too. */
  private Change update(Blocklist read, Cidr network, boolean isAdded) {
    ListArn arn = read.arn();
    Optional<GetIpSetResponse> is = get(arn);
    if (is.isEmpty()) {
      return new Change.Gone();
    }
    if (!is.get().lockToken().equals(read.version())) {
      throw changed(arn);
    }
    IPSet ipSet = is.get().ipSet();
    List<String> addresses = new ArrayList<>(ipSet.addresses());
    addresses.removeIf(one -> network(arn, one).equals(network));
    if (isAdded) {
      addresses.add(network.inWords());
    }
    try {
      UpdateIpSetResponse unused =
          ApiCalls.known(
              "WAF UpdateIPSet",
              () ->
                  client
                      .get()
                      .updateIPSet(
                          request ->
                              request
                                  .name(ipSet.name())
                                  .id(ipSet.id())
                                  .scope(Scope.REGIONAL)
                                  .description(described(ipSet))
                                  .addresses(addresses)
                                  .lockToken(read.version())),
              answer -> answer.nextLockToken() != null);
      return new Change.Made();
    } catch (Refused e) {
      if (e.code().equals(CHANGED)) {
        throw changed(arn);
      }
      return e.code().equals(NOT_THERE) ? new Change.Gone() : new Change.Denied(e.code());
    }
  }

  /** AWS WAF rejects an empty description. */
  private static @Nullable String described(IPSet ipSet) {
    String text = ipSet.description();
    return text == null || text.isEmpty() ? null : text;
  }

  private static Unavailable changed(ListArn arn) {
    return new Unavailable(arn.inWords() + " was changed meanwhile");
  }

  /** The effect of the region's web ACLs on the network. Rule groups are not evaluated. */
  Uses uses(ListArn arn, Cidr network) {
    Map<String, Match> read = new HashMap<>();
    WebAclResources.Look look = resources.look();
    IpSetReferences references =
        new IpSetReferences(
            arn.arn(), other -> read.computeIfAbsent(other, one -> isIn(one, network)));
    try {
      for (WebACLSummary webAcl : webAcls()) {
        GetWebAclResponse answer =
            ApiCalls.known(
                "WAF GetWebACL",
                () ->
                    client
                        .get()
                        .getWebACL(
                            request ->
                                request.name(webAcl.name()).id(webAcl.id()).scope(Scope.REGIONAL)),
                one -> one.webACL() != null && webAcl.arn().equals(one.webACL().arn()));
        references.read(answer.webACL(), () -> look.protects(webAcl.arn()));
      }
    } catch (Refused e) {
      throw new Unavailable("AWS WAF rejected the call: " + e.code(), e);
    }
    return references.uses();
  }

  /** Whether another IP set contains the network. One that cannot be read may contain it. */
  private Match isIn(String ipSet, Cidr network) {
    Optional<ListArn> arn = ListArn.read(ipSet).filter(ListArn::isIpSet);
    if (arn.isEmpty()) {
      return Match.MAYBE;
    }
    List<Cidr> entries = new ArrayList<>();
    try {
      for (String address : ask(arn.get()).ipSet().addresses()) {
        entries.add(network(arn.get(), address));
      }
    } catch (Refused e) {
      return Match.MAYBE;
    }
    if (entries.stream().anyMatch(one -> one.contains(network))) {
      return Match.YES;
    }
    return entries.stream().anyMatch(one -> one.overlaps(network)) ? Match.MAYBE : Match.NO;
  }

  private List<WebACLSummary> webAcls() throws Refused {
    List<WebACLSummary> all = new ArrayList<>();
    String marker = null;
    do {
      String from = marker;
      ListWebAcLsResponse page =
          ApiCalls.known(
              "WAF ListWebACLs",
              () ->
                  client
                      .get()
                      .listWebACLs(
                          request ->
                              request.scope(Scope.REGIONAL).limit(MOST_WEB_ACLS).nextMarker(from)),
              ListWebAcLsResponse::hasWebACLs);
      all.addAll(page.webACLs());
      marker = page.webACLs().isEmpty() ? null : page.nextMarker();
      if (all.size() > MOST_WEB_ACLS) {
        throw new Unavailable("more than " + MOST_WEB_ACLS + " web ACLs");
      }
    } while (marker != null);
    return all;
  }
}
