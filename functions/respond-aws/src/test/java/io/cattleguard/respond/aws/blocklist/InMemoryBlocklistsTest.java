package io.cattleguard.respond.aws.blocklist;

final class InMemoryBlocklistsTest extends BlocklistsContract {
  @Override
  protected World world() {
    InMemoryBlocklists lists = new InMemoryBlocklists();
    lists.have(Lists.list(Lists.WEB, 10_000, THEIRS), Lists.BLOCKED);
    lists.have(Lists.list(Lists.WEB_6, 10_000), Lists.BLOCKED);
    lists.have(Lists.list(Lists.FIREWALL, 5, THEIRS), Lists.UNUSED);
    return new World(lists, Lists.WEB, Lists.WEB_6, Lists.FIREWALL);
  }
}
