package io.cattleguard.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What differs with every start is one entry, and what does not is not. */
final class EphemeralTest {

  @ParameterizedTest
  @CsvSource({
    "/usr/bin/bash,                            /usr/bin/bash",
    "/usr/lib/jvm/java-17/bin/java,            /usr/lib/jvm/java-*/bin/java",
    "/usr/bin/python3.11,                      /usr/bin/python*",
    "/opt/app-1.2.3/run,                       /opt/app*/run",
    "/opt/app/1.2.3-rc1/run,                   /opt/app/*/run",
    "/proc/4711/mem,                           /proc/*/mem",
    "/etc/passwd.970,                          /etc/passwd.*",
    "/tmp/tmp.Ab3dE9xK/run,                    /tmp/tmp.*/run",
    "/tmp/3fa2bc91/run,                        /tmp/*/run",
    "/tmp/t/xmrig,                             /tmp/t/xmrig",
    "/dev/shm/.x,                              /dev/shm/.x",
    "/var/lib/x/0c3e4f5a-1b2c-3d4e-5f60-718293a4b5c6/y, /var/lib/x/*/y",
    "/usr/bin/deadbeef,                        /usr/bin/deadbeef",
    "/usr/bin/x (deleted),                     /usr/bin/x"
  })
  void aPathKeepsWhatIsStable(String path, String stable) {
    assertEquals(stable, Ephemeral.path(path));
  }

  @ParameterizedTest
  @CsvSource({
    "/tmp/tmpk3j_9x2a,                 /tmp/*",
    "/tmp/job_bcdfgh77/page-12.png,    /tmp/*",
    "/var/tmp/upload1234567890,        /var/tmp/*",
    "/dev/shm/sem.x,                   /dev/shm/*",
    "/tmp/*,                           /tmp/*",
    "/tmp/cgrp/release_agent,          /tmp/cgrp/release_agent",
    "/var/tmp/h/root/.ssh/authorized_keys, /var/tmp/h/root/.ssh/authorized_keys",
    "/tmp,                             /tmp",
    "/tmp/../etc/cron.d/x,             /tmp/../etc/cron.d/x",
    "/tmpfile,                         /tmpfile",
    "/run/nginx.pid,                   /run/nginx.pid",
    "/backup/dump-20260302-0300.sql,   /backup/dump-*.sql",
    "/var/log/a.2026-03-02.log,        /var/log/a.*.log",
    "/var/log/2026-03-02T10:00:07Z.gz, /var/log/*.gz",
    "/data/part-00017-of-3.bin,        /data/part-*-of-*.bin",
    "/usr/lib/x86_64/a2b.so,           /usr/lib/x86_*/a2b.so",
    "/var/log/app-1.2.3.log,           /var/log/app*.log",
    "/var/cache/nginx/a/3f/0c3e4f5a1b2c3d4e5f60718293a4b5c6, /var/cache/nginx/*/*/*",
    "/srv/git/objects/3f/0c3e4f5a1b2c3d4e5f60718293a4b5c6d7, /srv/git/objects/*/*",
    "/data/db/deadbeef,                /data/db/deadbeef",
    "/data/pg_wal/00000001000000A30000004F, /data/pg_wal/*",
    "/backup/4225d04963211d3f4692c407cab744aacc0f3e02.tmp, /backup/*.tmp",
    "/app/.cache/libnetty_3fa1c812345678.so, /app/.cache/libnetty_*.so",
    "/app/log/hs_err_pid71.log,        /app/log/hs_err_pid*.log",
    "/root/.java/fonts/17/fcinfo1840123456.tmp, /root/.java/fonts/*/fcinfo*.tmp",
    "/app/work/upload_0c3e4f5a-1b2c-3d4e-5f60-718293a4b5c6_1.tmp, /app/work/upload_*_*.tmp",
    "/app/x/cafe-babe.txt,             /app/x/cafe-babe.txt",
    "/etc/cron.d/x,                    /etc/cron.d/x"
  })
  void aFolderForTemporaryFilesIsOneFile(String path, String stable) {
    assertEquals(stable, Ephemeral.file(path));
  }

  private static List<String> files(String pattern, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> pattern.replace("#", Character.toString('g' + i)))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "/app/data/#,          9, /app/data/*",
    "/app/data/#,          8, ",
    "/app/data/#/state,    9, /app/data/*/state",
    "/app/#,               9, ",
    "/#/data/state,        9, ",
    "/etc/nginx/conf.d/#,  9, ",
    "/var/spool/cron/#,    9, ",
    "/srv/*/data/#,        9, /srv/*/data/*",
    "/app/data/../x/#,     9, "
  })
  void moreFilesThanAProgrammerNamesAreOne(String pattern, int count, String joined) {
    List<String> files = files(pattern, count);
    assertEquals(Optional.ofNullable(joined), Ephemeral.joined(files, files.getFirst()));
  }

  @ParameterizedTest
  @CsvSource({
    "/app/data/x,       /app/data/",
    "/app/data/x/y,     /app/data/",
    "/srv/*/data/x,     /",
    "/app/x,            ",
    "/app/data/x.php,   ",
    "/etc/nginx/conf/x, "
  })
  void aFileIsJoinedWithinItsFirstFolders(String file, String folder) {
    assertEquals(Optional.ofNullable(folder), Ephemeral.joinedWithin(file));
  }

  @ParameterizedTest
  @CsvSource({
    "/app/data/*,       /app/data/x,        true",
    "/app/data/*,       /app/data/x/y,      false",
    "/app/data/*,       /app/date/x,        false",
    "/app/*/state,      /app/x/state,       true",
    "/app/*/state,      /app/x/other,       false",
    "/app/*/state,      /app/../state,      false",
    "/app/*.log,        /app/x.log,         false",
    "/app/data/x,       /app/data/x,        false"
  })
  void aPatternCoversWholeParts(String pattern, String file, boolean covered) {
    assertEquals(covered, Ephemeral.covers(pattern, file));
  }

  @ParameterizedTest
  @CsvSource({
    "Pod,        web-7d4b9c6f5-x2k9p, web-*",
    "Pod,        db-0,                db-*",
    "Pod,        worker,              worker",
    "Pod,        nginx-proxy,         nginx-proxy",
    "ReplicaSet, web-7d4b9c6f5,       web-*",
    "Job,        backup-28391040,     backup-*",
    "Deployment, web-7d4b9c6f5,       web-7d4b9c6f5"
  })
  void anOwnersNameKeepsWhatIsStable(String kind, String name, String stable) {
    assertEquals(stable, Ephemeral.owned(kind, name));
  }

  @Test
  void aPathIsBounded() {
    assertTrue(Ephemeral.path("/x".repeat(5_000)).length() <= 260);
    assertTrue(Ephemeral.path("/" + "q".repeat(5_000)).length() <= 260);
    assertTrue(Ephemeral.path("/tmp/" + "aB".repeat(2_000)).length() <= 260);
  }

  @Test
  void everyProgramInMemoryIsOne() {
    assertEquals("memfd:*", Ephemeral.program("memfd:kworker"));
    assertEquals("memfd:*", Ephemeral.program("/proc/self/fd/7"));
  }
}
