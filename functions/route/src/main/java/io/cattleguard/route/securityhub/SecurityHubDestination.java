package io.cattleguard.route.securityhub;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.aws.AwsDeliveries;
import io.cattleguard.route.aws.AwsErrors;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.securityhub.SecurityHubClient;
import software.amazon.awssdk.services.securityhub.model.AwsSecurityFinding;
import software.amazon.awssdk.services.securityhub.model.BatchImportFindingsRequest;
import software.amazon.awssdk.services.securityhub.model.BatchImportFindingsResponse;

/**
 * AWS Security Hub: one finding per incident. Which incidents become findings is decided by the
 * routes; contained ones are those whose response was taken.
 */
public final class SecurityHubDestination implements Destination {
  /** Security Hub's limit of a call. */
  private static final int AT_ONCE = 100;

  private final SecurityHubSettings settings;
  private final Secrets secrets;
  private final AwsDeliveries<SecurityHubClient> deliveries;

  /** Imports into the account of the settings and the region of the environment. */
  public SecurityHubDestination(SecurityHubSettings settings, Secrets secrets) {
    this.settings = settings;
    this.secrets = secrets;
    this.deliveries = new AwsDeliveries<>("Security Hub", secrets, SecurityHubDestination::client);
  }

  private static SecurityHubClient client(AwsClients aws) {
    return aws.build("SecurityHub", SecurityHubClient.builder(), AwsLimits.ONE_ATTEMPT);
  }

  @Override
  public synchronized List<Outcome> deliver(List<Delivery> batch, Instant now) {
    Optional<Outcome> notConfigured = settings.notConfigured(secrets);
    if (notConfigured.isPresent()) {
      return Collections.nCopies(batch.size(), notConfigured.get());
    }
    String account = settings.account().value(secrets).orElseThrow().strip();
    String region = secrets.named("AWS_REGION").orElse("");
    if (!account.matches("[0-9]{12}") || !region.matches("[a-z]{2}(-[a-z]+)+-[0-9]")) {
      return Collections.nCopies(
          batch.size(),
          new Outcome.Blocked(
              settings.account().described()
                  + " is not an account, or AWS_REGION is not a region"));
    }
    return deliveries.each(
        batch, AT_ONCE, now, (hub, some) -> imported(hub, some, account, region, now));
  }

  /** One call has one finding per incident: the latest. */
  private static List<Outcome> imported(
      SecurityHubClient hub, List<Delivery> some, String account, String region, Instant now) {
    Map<String, AwsSecurityFinding> latest = new LinkedHashMap<>();
    List<String> ids = new ArrayList<>();
    for (Delivery delivery : some) {
      if (delivery.notice() instanceof Notice.About about) {
        AwsSecurityFinding finding = HubFinding.of(about, account, region);
        ids.add(finding.id());
        latest.merge(
            finding.id(),
            finding,
            (one, two) ->
                Instant.parse(two.updatedAt()).isBefore(Instant.parse(one.updatedAt()))
                    ? one
                    : two);
      } else {
        ids.add("");
      }
    }
    Map<String, String> failed = new HashMap<>();
    if (!latest.isEmpty()) {
      BatchImportFindingsResponse response =
          hub.batchImportFindings(
              BatchImportFindingsRequest.builder().findings(latest.values()).build());
      response.failedFindings().forEach(one -> failed.put(one.id(), one.errorCode()));
    }
    return ids.stream()
        .map(
            id ->
                id.isEmpty()
                    ? new Outcome.Skipped("a machine gets no command")
                    : failed.containsKey(id)
                        ? AwsErrors.ofEntry("Security Hub", failed.getOrDefault(id, ""), now)
                        : new Outcome.Delivered())
        .toList();
  }

  /** Type and name only. */
  @Override
  public String toString() {
    return settings.type() + " " + settings.name();
  }
}
