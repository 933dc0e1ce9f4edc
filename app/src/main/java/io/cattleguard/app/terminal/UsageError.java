package io.cattleguard.app.terminal;

/** The command cannot be carried out as it was given; the message says what to do. */
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
