package io.cattleguard.aws;

import io.cattleguard.events.build.BuildVersion;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.client.config.SdkAdvancedClientOption;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.RetryStrategy;

/**
 * Creates AWS clients with a common region, credentials, retries, timeouts, user agent and HTTP
 * client.
 *
 * <p>Creating a client sends no request and resolves no credentials, so clients can be created
 * before SnapStart takes a snapshot.
 */
public final class AwsClients {
  /** TCP sends its second retransmission after 3 s. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(3_100);

  /** The maximum time of an attempt; {@link AwsLimits} are mostly shorter. */
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(20);

  private static final Backoff AFTER_AN_ERROR =
      new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1));
  private static final Backoff AFTER_THROTTLING =
      new Backoff(Duration.ofMillis(200), Duration.ofSeconds(2));

  private final Function<String, Optional<String>> environment;
  private final Optional<String> region;
  private final AwsCredentialsProvider credentials;
  private final SdkHttpClient http;

  private AwsClients(
      Function<String, Optional<String>> environment,
      Optional<String> region,
      AwsCredentialsProvider credentials,
      SdkHttpClient http) {
    this.environment = environment;
    this.region = region;
    this.credentials = credentials;
    this.http = http;
  }

  /**
   * Clients configured by the environment: {@code AWS_REGION}, {@code AWS_ENDPOINT_URL_<SERVICE>},
   * {@code AWS_ENDPOINT_URL}, {@code AWS_ACCESS_KEY_ID}. Anything else comes from the SDK's
   * defaults.
   *
   * @param environment returns a variable's value; empty if it is not set
   */
  public static AwsClients of(Function<String, Optional<String>> environment) {
    return new AwsClients(
        environment,
        environment.apply("AWS_REGION"),
        new FoundCredentials(environment),
        UrlConnectionHttpClient.builder()
            .connectionTimeout(CONNECT_TIMEOUT)
            .socketTimeout(READ_TIMEOUT)
            .build());
  }

  /** Clients configured by this process's environment. */
  public static AwsClients ofProcess() {
    return of(name -> Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank()));
  }

  /** Clients for another region. */
  public AwsClients in(String otherRegion) {
    return new AwsClients(environment, Optional.of(otherRegion), credentials, http);
  }

  /** The region; empty if the SDK finds one. */
  public Optional<String> region() {
    return region;
  }

  /** Clients with other credentials. */
  public AwsClients as(AwsCredentialsProvider otherCredentials) {
    return new AwsClients(environment, region, otherCredentials, http);
  }

  /** Clients with another HTTP client, such as one in memory. */
  public AwsClients over(SdkHttpClient otherHttp) {
    return new AwsClients(environment, region, credentials, otherHttp);
  }

  /** The credentials that the clients sign with. */
  public AwsCredentialsProvider credentials() {
    return credentials;
  }

  /** A client with {@link AwsLimits#DEFAULT}. */
  public <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C build(
      String service, B builder) {
    return build(service, builder, AwsLimits.DEFAULT);
  }

  /**
   * A client.
   *
   * @param service the name in {@code AWS_ENDPOINT_URL_<SERVICE>}, in any case: DynamoDB,
   *     EventBridge
   */
  public <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C build(
      String service, B builder, AwsLimits limits) {
    region.map(Region::of).ifPresent(builder::region);
    endpoint(service).ifPresent(builder::endpointOverride);
    builder.credentialsProvider(credentials);
    builder.httpClient(http);
    builder.overrideConfiguration(configuration(limits));
    return builder.build();
  }

  /** A client as {@link #build} makes it, which its first use creates: not every batch needs it. */
  public <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> Supplier<C> onFirstUse(
      String service, Supplier<B> builder, AwsLimits limits) {
    return new FirstUse<>(() -> build(service, builder.get(), limits));
  }

  private Optional<URI> endpoint(String service) {
    return environment
        .apply("AWS_ENDPOINT_URL_" + service.toUpperCase(Locale.ROOT).replace(' ', '_'))
        .or(() -> environment.apply("AWS_ENDPOINT_URL"))
        .map(URI::create);
  }

  private static ClientOverrideConfiguration configuration(AwsLimits limits) {
    return ClientOverrideConfiguration.builder()
        .retryStrategy(retries(limits.attempts()))
        .apiCallAttemptTimeout(limits.attempt())
        .apiCallTimeout(limits.call())
        .putAdvancedOption(
            SdkAdvancedClientOption.USER_AGENT_SUFFIX, "cattleguard/" + BuildVersion.current())
        .build();
  }

  private static RetryStrategy retries(int attempts) {
    return attempts == 1
        ? AwsRetryStrategy.doNotRetry()
        : AwsRetryStrategy.standardRetryStrategy().toBuilder()
            .maxAttempts(attempts)
            .backoffStrategy(AFTER_AN_ERROR)
            .throttlingBackoffStrategy(AFTER_THROTTLING)
            .build();
  }
}
