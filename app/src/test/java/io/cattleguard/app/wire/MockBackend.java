package io.cattleguard.app.wire;

import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.net.URI;
import java.util.HashMap;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/** fabric8's mock of an API server, which stores objects. */
final class MockBackend implements WireCluster.Backend {
  /** Discards the mock's log of requests; the road's own records are used instead. */
  private static final Logger TALK = Logger.getLogger(MockWebServer.class.getName());

  private final KubernetesMockServer server =
      new KubernetesMockServer(
          new Context(),
          new MockWebServer(),
          new HashMap<>(),
          new KubernetesCrudDispatcher(),
          false);

  MockBackend() {
    TALK.setLevel(Level.OFF);
    server.init();
  }

  @Override
  public URI address() {
    return URI.create("http://127.0.0.1:" + server.getPort());
  }

  @Override
  public String image() {
    return "registry.example.com/fleet:1";
  }

  @Override
  public boolean isReal() {
    return false;
  }

  @Override
  public Optional<String> group() {
    return Optional.empty();
  }

  @Override
  public void close() {
    server.destroy();
  }
}
