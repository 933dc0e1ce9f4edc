package io.cattleguard.respond.kubernetes.fabric8;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.utils.Utils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Makes clients that answer soon or say that they cannot. */
public final class Fabric8Clients {
  private static final int CONNECT_MILLIS = 3_000;
  private static final int REQUEST_MILLIS = 5_000;
  private static final Path ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

  private Fabric8Clients() {}

  /** A cluster that is reached by a name and an address. */
  public static final class Connection implements AutoCloseable {
    private final String name;
    private final KubernetesClient client;

    private Connection(String name, KubernetesClient client) {
      this.name = name;
      this.client = client;
    }

    /** What whoever connected calls it. */
    public String name() {
      return name;
    }

    /** Where its API server is. */
    public String address() {
      return client.getMasterUrl().toString();
    }

    /** The cluster, to act on. */
    public Cluster cluster() {
      return new Fabric8Cluster(client);
    }

    /** Asks a few questions whose answers nobody needs, so that the first that matter are quick. */
    public void rehearse() {
      Fabric8Rehearsal.play(client);
    }

    /**
     * What it does not let us do, a sentence each.
     *
     * @throws Unavailable where it does not say
     */
    public List<String> missing() {
      return Fabric8Access.missing(client);
    }

    /**
     * What it does not let the members of a group do, a sentence each; it must let us ask that.
     *
     * @param changes whether they need to change anything, or only to look
     * @throws Unavailable where it does not say
     */
    public List<String> missing(String group, boolean changes) {
      return Fabric8Access.missing(client, group, changes);
    }

    @Override
    public void close() {
      client.close();
    }
  }

  /**
   * Connects to the cluster of a kubeconfig file's current context, by that context's name.
   *
   * @throws IllegalArgumentException where the file names none, with what to do
   */
  public static Connection connect(Path kubeconfig) {
    Config config;
    try {
      config = Config.fromKubeconfig(kubeconfig.toFile());
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "it is no kubeconfig; see what kubectl config view --kubeconfig "
              + kubeconfig
              + " says of it",
          e);
    }
    // The library would go on with the address that is right within a pod.
    if (config.getCurrentContext() == null) {
      throw new IllegalArgumentException(
          "it has no current context; choose one: kubectl config use-context NAME"
              + " --kubeconfig "
              + kubeconfig);
    }
    String name = config.getCurrentContext().getName();
    return new Connection(name == null || name.isEmpty() ? "local" : name, of(config));
  }

  /**
   * Connects to the cluster that this process runs in, as its service account; empty where it runs
   * in none. The token is read anew for each request, because the cluster replaces it. Where its
   * files are not at their usual place, the client's own settings name them.
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
    return Optional.of(new Connection("local", of(config)));
  }

  private static Path file(String setting, String name) {
    return Path.of(Utils.getSystemPropertyOrEnvVar(setting, ACCOUNT.resolve(name).toString()));
  }

  /**
   * Connects to a cluster at that address.
   *
   * @param certificateAuthority who vouches for its API server, PEM in base64
   * @param token asked before each request
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

  private static String read(Path token) {
    try {
      return Files.readString(token).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For the cluster that a kubeconfig file's current context names. */
  public static KubernetesClient ofKubeconfig(Path kubeconfig) {
    return of(Config.fromKubeconfig(kubeconfig.toFile()));
  }

  /** With that configuration, and timeouts and retries of our own. */
  public static KubernetesClient of(Config config) {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(config)
                .withConnectionTimeout(CONNECT_MILLIS)
                .withRequestTimeout(REQUEST_MILLIS)
                .withRequestRetryBackoffLimit(1)
                .withRequestRetryBackoffInterval(100)
                .build())
        .withHttpClientFactory(new JdkHttpClientFactory())
        .build();
  }
}
