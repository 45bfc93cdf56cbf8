#version 330 core
// The number of the triangle, counted from 1, in the three bytes of a colour; the background is 0.
out vec4 colour;

void main()
{
    int number = gl_PrimitiveID + 1;
    colour = vec4(number & 255, (number >> 8) & 255, (number >> 16) & 255, 255) / 255.0;
}
