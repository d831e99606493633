// What is tested: a client of a to-do API that tries again where that makes sense.
export async function openTodos(baseUrl, tries = 3) {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(`${baseUrl}/todos`);
      if (response.status === 503 && attempt < tries) continue;
      if (!response.ok) throw new Error(`status ${response.status}`);
      const todos = await response.json();
      return todos.filter((todo) => !todo.done).map((todo) => todo.title);
    } catch (error) {
      if (attempt >= tries || !(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    }
  }
}
