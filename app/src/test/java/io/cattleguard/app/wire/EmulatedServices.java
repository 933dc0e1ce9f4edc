package io.cattleguard.app.wire;

import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import software.amazon.awssdk.services.sqs.SqsClient;

/** ElasticMQ, AWS's DynamoDB Local and AWS's rule engine, all in this process. */
final class EmulatedServices implements RoadServices {
  private final int port = freePort();
  private final SQSRestServer queues;
  private Optional<EventBridgeServer> bus = Optional.empty();

  EmulatedServices() {
    queues = SQSRestServerBuilder.withInterface("127.0.0.1").withPort(port).start();
    queues.waitUntilStarted();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public URI queues() {
    return URI.create("http://127.0.0.1:" + port);
  }

  @Override
  public URI tables() {
    return DynamoDbLocal.address();
  }

  @Override
  public URI bus(Map<String, String> queueUrls, SqsClient sqs) throws IOException {
    EventBridgeServer server =
        new EventBridgeServer(ContractFiles.folder("patterns"), queueUrls, sqs);
    bus = Optional.of(server);
    return server.address();
  }

  @Override
  public boolean deliverTwice(boolean twice) {
    bus.ifPresent(server -> server.deliverTwice(twice));
    return bus.isPresent();
  }

  @Override
  public void close() {
    bus.ifPresent(EventBridgeServer::close);
    queues.stopAndWait();
  }
}
