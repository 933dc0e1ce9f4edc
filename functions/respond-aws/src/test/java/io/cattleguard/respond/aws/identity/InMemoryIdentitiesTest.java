package io.cattleguard.respond.aws.identity;

import io.cattleguard.respond.aws.network.Account;

final class InMemoryIdentitiesTest extends IdentitiesContract {
  @Override
  protected World world() {
    InMemoryIdentities identities = Principals.identities();
    identities.have(Principals.role(Account.ALLOWED, "/", "AmazonEKSWorkerNodePolicy"));
    identities.signWith("AKIDEXAMPLE");
    return new World(
        identities,
        Principals.USER,
        Principals.KEY,
        Principals.OTHER_KEY,
        "AKIDEXAMPLE",
        Principals.ROLE);
  }
}
