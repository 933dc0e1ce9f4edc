package io.cattleguard.respond.kubernetes.fabric8;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.actions.Grant;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.utils.Utils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Creates clients with short timeouts. */
public final class Fabric8Clients {
  private static final int CONNECT_MILLIS = 3_000;
  private static final int REQUEST_MILLIS = 5_000;
  private static final long PAGE = 500;
  private static final Path ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

  private Fabric8Clients() {}

  /** A connection to a named cluster. */
  public static final class Connection implements AutoCloseable {
    private final String name;
    private final KubernetesClient client;
    private final Optional<String> ownNamespace;

    @GuardedBy("this")
    private Optional<KubernetesClient> forEvidence = Optional.empty();

    private Connection(String name, KubernetesClient client) {
      this(name, client, Optional.empty());
    }

    private Connection(String name, KubernetesClient client, Optional<String> ownNamespace) {
      this.name = name;
      this.client = client;
      this.ownNamespace = ownNamespace;
    }

    /**
     * A second client, with its own connections and threads: reading logs, which may be slow, must
     * not delay an action. Made at the first capture.
     */
    private synchronized KubernetesClient forEvidence() {
      KubernetesClient one = forEvidence.orElseGet(() -> of(client.getConfiguration()));
      forEvidence = Optional.of(one);
      return one;
    }

    /** The name that the caller gave. */
    public String name() {
      return name;
    }

    /** The API server's URL. */
    public String address() {
      return client.getMasterUrl().toString();
    }

    /** The namespace of the pod that this process runs in; empty outside of the cluster. */
    public Optional<String> ownNamespace() {
      return ownNamespace;
    }

    /** The cluster. */
    public Cluster cluster() {
      return new Fabric8Cluster(client, this::forEvidence, Clock.systemUTC());
    }

    /**
     * Warm-up: sends a few requests whose responses are not used, so that the first real ones are
     * fast.
     */
    public void rehearse() {
      Fabric8Rehearsal.play(client);
    }

    /**
     * The missing permissions, one sentence each.
     *
     * @throws Unavailable if the cluster does not answer
     */
    public List<String> missing(List<Grant> needed) {
      return Fabric8Access.missing(client, needed);
    }

    /**
     * The permissions that a group lacks, one sentence each. The caller must be allowed to ask.
     *
     * @param changes whether the group needs write permissions or only read permissions
     * @throws Unavailable if the cluster does not answer
     */
    public List<String> missing(List<Grant> needed, String group, boolean changes) {
      return Fabric8Access.missing(client, needed, group, changes);
    }

    /**
     * All pods, {@code namespace/name}.
     *
     * @throws Unavailable if the cluster does not answer, or denies the question
     */
    public List<String> pods() {
      List<String> names = new ArrayList<>();
      String next = null;
      do {
        PodList page = page(next);
        page.getItems()
            .forEach(
                pod ->
                    names.add(
                        pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName()));
        next = page.getMetadata().getContinue();
      } while (next != null && !next.isEmpty());
      return names;
    }

    private PodList page(@Nullable String next) {
      ListOptions options = new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build();
      try {
        return client.pods().inAnyNamespace().list(options);
      } catch (KubernetesClientException e) {
        throw Fabric8Answers.unavailable(e);
      }
    }

    /** Whether the cluster's network plugin is known to enforce NetworkPolicies. */
    public Cluster.Enforcement enforcement() {
      return new Fabric8Enforcement(client, Clock.systemUTC()).ofCluster();
    }

    /**
     * Why the cluster would not deny the tokens of revoked pods; empty if the policy that does is
     * installed as it ships.
     *
     * @throws Unavailable if the cluster does not answer, or denies the question
     */
    public Optional<String> revocationFault() {
      return Fabric8Answers.asking(() -> Fabric8Revocation.unenforced(client, Optional.empty()));
    }

    /**
     * Whether the API server verifies tokens for this client.
     *
     * @throws Unavailable if the cluster does not answer
     */
    public boolean mayVerifyTokens() {
      return Fabric8Access.isGranted(client, Grants.REVIEW_TOKENS);
    }

    /**
     * Verifies a bearer token; empty if it is not valid for the audience.
     *
     * @throws Unavailable if the cluster does not answer, or denies the question
     */
    public Optional<VerifiedToken> verify(String token, String audience) {
      return Fabric8Tokens.verify(client, token, audience);
    }

    @Override
    public synchronized void close() {
      client.close();
      forEvidence.ifPresent(KubernetesClient::close);
    }
  }

  /**
   * Connects to the cluster of a kubeconfig file's current context and uses the context's name.
   *
   * @throws IllegalArgumentException if there is no current context, with the fix
   */
  public static Connection connect(Path kubeconfig) {
    Config config;
    try {
      config = Config.fromKubeconfig(kubeconfig.toFile());
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "not a kubeconfig; check it with kubectl config view --kubeconfig " + kubeconfig, e);
    }
    // Without this check the library would use the in-cluster address.
    if (config.getCurrentContext() == null) {
      throw new IllegalArgumentException(
          "no current context; select one: kubectl config use-context NAME"
              + " --kubeconfig "
              + kubeconfig);
    }
    String name = config.getCurrentContext().getName();
    return new Connection(name == null || name.isEmpty() ? "local" : name, of(config));
  }

  /**
   * Connects to the cluster that this process runs in, as its service account; empty outside of a
   * cluster. The token is read for each request, because the cluster rotates it. The client's own
   * settings can name other files.
   *
   * @see <a href="https://github.com/fabric8io/kubernetes-client#configuring-the-client">settings
   *     {@code kubernetes.auth.serviceAccount.token} and {@code kubernetes.certs.ca.file}</a>
   */
  public static Optional<Connection> connectFromWithin() {
    String host = System.getenv("KUBERNETES_SERVICE_HOST");
    String port = System.getenv("KUBERNETES_SERVICE_PORT");
    Path token = file(Config.KUBERNETES_AUTH_SERVICEACCOUNT_TOKEN_FILE_SYSTEM_PROPERTY, "token");
    Path authority = file(Config.KUBERNETES_CA_CERTIFICATE_FILE_SYSTEM_PROPERTY, "ca.crt");
    if (host == null || port == null || !Files.isReadable(token)) {
      return Optional.empty();
    }
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port)
            .withCaCertFile(authority.toString())
            .withOauthTokenProvider(() -> read(token))
            .build();
    Path namespace = token.resolveSibling("namespace");
    return Optional.of(
        new Connection(
            "local",
            of(config),
            Files.isReadable(namespace) ? Optional.of(read(namespace)) : Optional.empty()));
  }

  private static Path file(String setting, String name) {
    return Path.of(Utils.getSystemPropertyOrEnvVar(setting, ACCOUNT.resolve(name).toString()));
  }

  /**
   * Connects to a cluster by its address.
   *
   * @param certificateAuthority the API server's CA, PEM in base64
   * @param token called before each request
   */
  public static Connection connect(
      String name, URI endpoint, String certificateAuthority, Supplier<String> token) {
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl(endpoint.toString())
            .withCaCertData(certificateAuthority)
            .withOauthTokenProvider(token::get)
            .build();
    return new Connection(name, of(config));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A client for a kubeconfig file's current context. */
  public static KubernetesClient ofKubeconfig(Path kubeconfig) {
    return of(Config.fromKubeconfig(kubeconfig.toFile()));
  }

  /** A client with that configuration and Cattleguard's timeouts and retries. */
  public static KubernetesClient of(Config config) {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(config)
                .withConnectionTimeout(CONNECT_MILLIS)
                .withRequestTimeout(REQUEST_MILLIS)
                .withRequestRetryBackoffLimit(1)
                .withRequestRetryBackoffInterval(100)
                .build())
        .withHttpClientFactory(new FastCipherFirst())
        .build();
  }

  /**
   * Offers the cipher suites with ChaCha20 first. The JVM decrypts a list of pods five times as
   * fast with it as with AES-GCM, as long as C1 compiled the code: always in {@code up}, and in a
   * function that has just started. An API server, which is written in Go, uses it if the client
   * prefers it.
   */
  private static final class FastCipherFirst extends JdkHttpClientFactory {
    @Override
    protected void additionalConfig(HttpClient.Builder builder) {
      try {
        SSLParameters parameters = SSLContext.getDefault().getDefaultSSLParameters();
        builder.sslParameters(
            new SSLParameters(
                fastFirst(parameters.getCipherSuites()), new String[] {"TLSv1.3", "TLSv1.2"}));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** The same suites, with those that use ChaCha20 first. */
  static String[] fastFirst(String[] suites) {
    return Arrays.stream(suites)
        .sorted(Comparator.comparing((String suite) -> !suite.contains("CHACHA20")))
        .toArray(String[]::new);
  }
}
