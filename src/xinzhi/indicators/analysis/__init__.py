"""What scores say: coupling, obstacles, growth, strengths, validity."""
