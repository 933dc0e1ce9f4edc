package io.cattleguard.route.securityhub;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Told;
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
 * routes.
 */
public final class SecurityHubDestination implements Destination {
  /** Security Hub's limit of a call. */
  private static final int AT_ONCE = 100;

  private final SecurityHubSettings settings;
  private final Secrets secrets;
  private final Conversations conversations;
  private final AwsDeliveries<SecurityHubClient> deliveries;

  /** Imports into the account of the settings and the region of the environment. */
  public SecurityHubDestination(
      SecurityHubSettings settings, Secrets secrets, Conversations conversations) {
    this.settings = settings;
    this.secrets = secrets;
    this.conversations = conversations;
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
    if (!account.matches("[0-9]{12}")) {
      return Collections.nCopies(
          batch.size(),
          new Outcome.Blocked(settings.account().described() + " is not an account of 12 digits"));
    }
    Optional<String> region = secrets.named("AWS_REGION");
    if (region.isEmpty()) {
      return Collections.nCopies(
          batch.size(), new Outcome.Blocked("Security Hub: AWS_REGION is not set"));
    }
    return deliveries.each(
        batch, AT_ONCE, now, (hub, some) -> imported(hub, some, account, region.get(), now));
  }

  /**
   * The part of a call about one incident.
   *
   * @param notice the last one of the call
   * @param told what is known of the incident, with all notices of the call
   */
  private record Update(
      Conversation.Key key, Notice.About notice, Told told, Optional<Conversation> known) {
    private Update and(Notice.About another) {
      return new Update(key, another, told.with(another), known);
    }
  }

  /** One call has one finding per incident. */
  private List<Outcome> imported(
      SecurityHubClient hub, List<Delivery> some, String account, String region, Instant now) {
    Map<String, Update> updates = new LinkedHashMap<>();
    List<String> ids = new ArrayList<>();
    for (Delivery delivery : some) {
      if (delivery.notice() instanceof Notice.About about) {
        String id = HubFinding.id(about);
        Update before = updates.get(id);
        updates.put(id, (before == null ? known(delivery, about) : before).and(about));
        ids.add(id);
      } else {
        ids.add("");
      }
    }
    Map<String, String> failed = new HashMap<>();
    if (!updates.isEmpty()) {
      List<AwsSecurityFinding> findings =
          updates.values().stream()
              .map(one -> HubFinding.of(one.notice(), one.told(), account, region, now))
              .toList();
      BatchImportFindingsResponse response =
          hub.batchImportFindings(BatchImportFindingsRequest.builder().findings(findings).build());
      response.failedFindings().forEach(one -> failed.put(one.id(), one.errorCode()));
      updates.forEach(
          (id, update) -> {
            if (!failed.containsKey(id)) {
              save(id, update, now);
            }
          });
    }
    return ids.stream()
        .map(
            id ->
                id.isEmpty()
                    ? new Outcome.Skipped("commands are sent only to people")
                    : failed.containsKey(id)
                        ? AwsErrors.ofEntry("Security Hub", failed.getOrDefault(id, ""), now)
                        : new Outcome.Delivered())
        .toList();
  }

  // A finding fails open: without the conversations table it knows the notice and the steps of its
  // incident.

  private Update known(Delivery delivery, Notice.About about) {
    Conversation.Key key = Conversation.Key.of(delivery.destination(), about);
    Optional<Conversation> known;
    try {
      known = conversations.find(key);
    } catch (RuntimeException e) {
      known = Optional.empty();
    }
    return new Update(key, about, known.map(Conversation::told).orElse(Told.NOTHING), known);
  }

  private void save(String id, Update update, Instant now) {
    try {
      Conversation unused =
          conversations.save(
              update.key(),
              new Conversation(
                  id,
                  update.notice().scored().accepted().lastAt(),
                  update.known().map(Conversation::postedAt).orElse(now),
                  now,
                  update.told(),
                  false));
    } catch (RuntimeException e) {
      // The next finding of this incident has less content.
      return;
    }
  }

  /** Type and name only. */
  @Override
  public String toString() {
    return settings.type() + " " + settings.name();
  }
}
