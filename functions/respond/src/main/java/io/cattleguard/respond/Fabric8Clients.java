package io.cattleguard.respond;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.nio.file.Path;

/** Makes clients that answer soon or say that they cannot. */
public final class Fabric8Clients {
  private static final int CONNECT_MILLIS = 3_000;
  private static final int REQUEST_MILLIS = 5_000;

  private Fabric8Clients() {}

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
