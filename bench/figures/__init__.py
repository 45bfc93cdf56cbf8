"""Draws figures from records alone, in one look: colour-blind people tell the colours apart, titles fit the canvas."""
