package io.cattleguard.route.aws;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Secrets;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Calls one AWS service for a batch: with the pauses that the service requests, and without further
 * calls once it has refused everything.
 */
public final class AwsDeliveries<C> {
  private static final Pattern REGION = Pattern.compile("[a-z]{2}(-[a-z]+)+-[0-9]{1,2}");

  private final String service;
  private final Secrets secrets;
  private final Function<AwsClients, C> builder;
  private @Nullable C client;
  private Instant restUntil = Instant.EPOCH;

  /**
   * Creates the client with the first batch.
   *
   * @param service its name, for people
   * @param secrets hold the region, and the credentials unless a role gives them
   */
  public AwsDeliveries(String service, Secrets secrets, Function<AwsClients, C> builder) {
    this.service = service;
    this.secrets = secrets;
    this.builder = builder;
  }

  /** A call for some deliveries. */
  @FunctionalInterface
  public interface Call<C> {

    /**
     * Makes the call.
     *
     * @return one outcome per delivery, in order
     */
    List<Outcome> make(C client, List<Delivery> deliveries);
  }

  /** Makes one call for every so many deliveries. */
  public List<Outcome> each(List<Delivery> deliveries, int atOnce, Instant now, Call<C> call) {
    if (deliveries.isEmpty()) {
      return List.of();
    }
    Optional<String> wrong = client == null ? wrong() : Optional.empty();
    Optional<C> opened = wrong.isEmpty() ? client() : Optional.empty();
    if (opened.isEmpty()) {
      return Collections.nCopies(
          deliveries.size(),
          new Outcome.Blocked(service + ": " + wrong.orElse("no region: set AWS_REGION")));
    }
    List<Outcome> outcomes = new ArrayList<>(deliveries.size());
    Optional<Outcome> refused = Optional.empty();
    for (int from = 0; from < deliveries.size(); from += atOnce) {
      List<Delivery> some = deliveries.subList(from, Math.min(deliveries.size(), from + atOnce));
      List<Outcome> answered =
          refused.isPresent()
              ? Collections.nCopies(some.size(), refused.get())
              : answered(opened.get(), some, now, call);
      outcomes.addAll(answered);
      for (Outcome outcome : answered) {
        if (outcome instanceof Outcome.Blocked) {
          refused = Optional.of(outcome);
        } else if (outcome instanceof Outcome.TryAgain again
            && now.plus(again.after()).isAfter(restUntil)) {
          restUntil = now.plus(again.after());
        }
      }
    }
    return outcomes;
  }

  private List<Outcome> answered(C opened, List<Delivery> some, Instant now, Call<C> call) {
    if (now.isBefore(restUntil)) {
      return Collections.nCopies(
          some.size(),
          new Outcome.TryAgain(Duration.between(now, restUntil), "rate-limited by " + service));
    }
    try {
      return call.make(opened, some);
    } catch (SdkException e) {
      return Collections.nCopies(some.size(), AwsErrors.outcome(service, e, now));
    }
  }

  /** Which variable cannot be used. The errors of the SDK would quote it. */
  private Optional<String> wrong() {
    if (secrets.named("AWS_REGION").filter(name -> !REGION.matcher(name).matches()).isPresent()) {
      return Optional.of("AWS_REGION is not a region");
    }
    String own = "AWS_ENDPOINT_URL_" + service.replace(" ", "").toUpperCase(Locale.ROOT);
    return Stream.of(own, "AWS_ENDPOINT_URL")
        .filter(name -> secrets.named(name).filter(text -> !isAddress(text)).isPresent())
        .findFirst()
        .map(name -> name + " is not an address");
  }

  private static boolean isAddress(String text) {
    try {
      URI uri = new URI(text);
      return uri.getScheme() != null && uri.getHost() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /** Empty if no region is found. */
  private Optional<C> client() {
    C made = client;
    if (made == null) {
      try {
        made = builder.apply(AwsClients.of(secrets::named));
      } catch (SdkException e) {
        return Optional.empty();
      }
      client = made;
    }
    return Optional.of(made);
  }
}
