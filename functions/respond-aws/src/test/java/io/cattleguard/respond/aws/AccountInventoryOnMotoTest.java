package io.cattleguard.respond.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.events.TakesLong;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.ec2.MotoServer;
import io.cattleguard.respond.aws.network.Account;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.iam.IamClient;

/** Tests which objects of an account a plan lists, with moto's EC2 and IAM. */
@TakesLong
final class AccountInventoryOnMotoTest {
  @Test
  void everyObjectThatAFindingCouldNameIsListed() throws IOException, InterruptedException {
    try (MotoServer moto = MotoServer.start()) {
      AwsClients aws = moto.aws();
      Ec2Client ec2 = aws.build("EC2", Ec2Client.builder());
      IamClient iam = aws.build("IAM", IamClient.builder());
      String instance =
          ec2.runInstances(request -> request.imageId("ami-12c6146b").minCount(1).maxCount(1))
              .instances()
              .getFirst()
              .instanceId();
      String group =
          ec2.createSecurityGroup(request -> request.groupName("web").description("web")).groupId();
      ec2.authorizeSecurityGroupIngress(
          request ->
              request.groupId(group).ipProtocol("tcp").fromPort(22).toPort(22).cidrIp("0.0.0.0/0"));
      iam.createUser(request -> request.userName("build"));
      String key =
          iam.createAccessKey(request -> request.userName("build")).accessKey().accessKeyId();
      iam.createRole(request -> request.roleName("reports").assumeRolePolicyDocument("{}"));
      AwsScope scope =
          AwsAccount.of(
              new Env(Map.of("RESPONSE_BUCKETS", "[\"reports\"]")),
              aws,
              Account.REGION,
              Limits.DEFAULT);

      List<AccountObject> objects = AccountInventory.of(aws, Account.REGION).objects(scope);

      for (String one :
          List.of(
              "instance " + instance,
              "security group " + group,
              "access key build/" + key,
              "role reports",
              "bucket reports",
              "address 203.0.113.1")) {
        assertTrue(
            objects.stream().anyMatch(is -> one.equals(is.kind() + " " + is.name())),
            () -> one + " is not in " + objects);
      }
      AccountObject listed =
          objects.stream().filter(one -> one.name().equals(group)).findFirst().orElseThrow();
      assertEquals("203.0.113.1", listed.connection().peer());
      assertEquals(Optional.of(22), Optional.ofNullable(listed.connection().localPort()));
      assertEquals(Account.REGION, listed.target().region());
    }
  }
}
