package io.cattleguard.app.operate;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.edge.lambda.EventBridgePublisher;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorSource;
import java.time.Duration;
import java.util.List;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sts.StsClient;

/** Publishes a person's commands on the bus of a stack in AWS. */
public interface CommandBus {
  /** The caller's {@code aws:userid}, which IAM compares with the source of what is published. */
  String userId();

  /**
   * Publishes a command as that caller.
   *
   * @throws Unavailable if the bus does not accept it
   */
  void publish(String userId, OperatorCommand command);

  /** Waits until a responder may have carried out a command. */
  default void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted", e);
    }
  }

  /** The bus of that name, with the process's credentials. */
  static CommandBus of(AwsClients aws, String bus) {
    return new CommandBus() {
      @Override
      public String userId() {
        try (StsClient sts = aws.build("STS", StsClient.builder())) {
          return sts.getCallerIdentity().userId();
        } catch (SdkException e) {
          AwsFailure failure = new AwsFailure("STS", e);
          throw new Unavailable("your identity cannot be read. " + failure.getMessage(), failure);
        }
      }

      @Override
      public void publish(String userId, OperatorCommand command) {
        BusEvent event =
            new BusEvent(
                OperatorSource.of(userId).toString(),
                DetailType.OPERATOR_COMMAND,
                command.observedAt(),
                command.write());
        try {
          if (!new EventBridgePublisher(aws, bus).publish(List.of(event)).isEmpty()) {
            throw new Unavailable("the bus " + bus + " rejected the command");
          }
        } catch (SdkException e) {
          throw notAccepted(new AwsFailure("EventBridge", e));
        } catch (AwsFailure e) {
          throw notAccepted(e);
        }
      }

      private Unavailable notAccepted(AwsFailure e) {
        return new Unavailable(
            "the bus "
                + bus
                + " did not accept the command (Terraform's operators lists who may command): "
                + e.getMessage(),
            e);
      }
    };
  }
}
