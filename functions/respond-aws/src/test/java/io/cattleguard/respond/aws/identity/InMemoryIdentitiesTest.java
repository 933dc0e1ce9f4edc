package io.cattleguard.respond.aws.identity;

final class InMemoryIdentitiesTest extends IdentitiesContract {
  @Override
  protected World world() {
    InMemoryIdentities identities = Principals.identities();
    identities.signWith("AKIDEXAMPLE");
    return new World(
        identities, Principals.USER, Principals.KEY, Principals.OTHER_KEY, "AKIDEXAMPLE");
  }
}
