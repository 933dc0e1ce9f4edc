package io.cattleguard.app.terminal;

/** A command line or setting is wrong; the message says what to do. */
public final class UsageError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String whatToDo;

  public UsageError(String whatToDo) {
    super(whatToDo);
    this.whatToDo = whatToDo;
  }

  @Override
  public String getMessage() {
    return whatToDo;
  }
}
